-- A link for one entry is good only as far as the word of whoever made it goes: an office's administrator (null: the node's, or
-- who works on its machine) lets nobody in who works elsewhere by then.
alter table entry_token add column office text references aoo;

-- Whence a sign-in at the body's provider was begun: of one that floods, its own oldest go first.
alter table account_attempt add column place text not null default '' check (length(place) <= 100);
create index account_attempt_of_place on account_attempt (place, ends_at desc);

-- The provider's name of the session there, by which it says that it has ended.
alter table session add column account_sid text check (length(account_sid) <= 255);
