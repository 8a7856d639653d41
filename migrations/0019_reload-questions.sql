-- What running services are asked (`reload`), and what they answer: for the role of the service only. A notification needs
-- no privilege, so it is only a bell. Rows last as long as the question.
create table reload_question (
  question_id uuid primary key,
  mode text not null check (mode in ('reload', 'compare')),
  asked_at timestamptz not null default now()
);
create index reload_question_by_time on reload_question (asked_at);

create table reload_answer (
  question_id uuid not null references reload_question on delete cascade,
  -- One listener of one process: it answers once.
  listener uuid not null,
  report text not null check (length(report) <= 1000000),
  primary key (question_id, listener)
);

grant select, insert, delete on reload_question, reload_answer to interpro_service;

-- When another place of the same authority was last not taken: one authority has a bounded number of them.
alter table revocation_point add column left_out_at timestamptz;
