-- A provider may say that a session there has ended by its name alone.
create index session_by_account_sid on session (account_sid) where account_sid is not null;
