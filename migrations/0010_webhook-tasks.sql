-- What a person has to do about a webhook: it was paused by the service, or deliveries were given up. One of each at a time.
alter table task add webhook_id uuid;
alter table task add foreign key (aoo, webhook_id) references webhook;
create unique index task_of_webhook on task (aoo, webhook_id, code) where closed_at is null and webhook_id is not null;
