-- An account that was linked to the wrong person lets a stranger in as that person: an administrator takes it off again.
grant delete on person_account to interpro_service;
