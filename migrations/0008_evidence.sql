-- The audit records about one exchange, its mails and its registration, without walking the whole chain. The text is what
-- was hashed and is not read as JSON: it may hold characters that PostgreSQL's own reader refuses.
create index audit_by_subject on audit (aoo, (substring(content from '"subject":"((?:[^"\\]|\\.)*)"')));
