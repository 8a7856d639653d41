-- Only an owner may analyze a table: an import that has changed much of the index has it done before anybody asks.
create function index_analyze() returns void language plpgsql security definer set search_path from current as $$
begin
  analyze index_entry, index_address, index_place;
end
$$;
revoke execute on function index_analyze() from public;
grant execute on function index_analyze() to interpro_service;
