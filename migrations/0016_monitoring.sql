-- What a person is told of the node itself: mailboxes that are not read, and what monitoring asks for.

alter table mailbox
  -- Since when it cannot be read; null: it can.
  add column failing_since timestamptz,
  -- When an administrator was told so by e-mail; null: nobody was, or it is over and that was said too.
  add column alerted_at timestamptz;
update mailbox set failing_since = coalesce(last_failure, now()) where failures > 0;
create index mailbox_failing on mailbox (failing_since) where failing_since is not null;
create index mailbox_alerted on mailbox (alerted_at) where alerted_at is not null;

-- A mailbox that is not read: one open task at a time, and one for each time it fails.
alter table task add column mailbox text;
alter table task add foreign key (aoo, mailbox) references mailbox;
create unique index task_of_mailbox on task (aoo, mailbox, code) where closed_at is null and mailbox is not null;
create index task_by_mailbox on task (aoo, mailbox, opened_at) where mailbox is not null;

-- For /metrics: the last good import of each kind of file, and the webhooks that are not removed.
create index index_import_good on index_import (layout, ended_at) where outcome <> 'refused';
create index webhook_kept on webhook (aoo) where state <> 'removed';
