-- The audit records about one exchange, its mails and its registration, without walking the whole chain. The text is what
-- was hashed and is not read as JSON: it may hold characters that PostgreSQL's own reader refuses.
-- A subject may be longer than an index entry can be: its digest is what is looked for.
create index audit_by_subject on audit (aoo, md5(substring(content from '"subject":"((?:[^"\\]|\\.)*)"')));
