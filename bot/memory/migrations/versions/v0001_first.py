"""The first tables: conversations, the page, Telegram, leases."""

from alembic import op

revision = "0001"
down_revision = None

_UP = """
CREATE TABLE public.events (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sender_id TEXT NOT NULL,
    type_name TEXT NOT NULL,
    timestamp DOUBLE PRECISION,
    intent_name TEXT,
    action_name TEXT,
    data TEXT NOT NULL
);
CREATE INDEX events_sender ON public.events (sender_id, id);
CREATE INDEX events_sender_type_name ON public.events (sender_id, type_name, action_name, id);
CREATE INDEX events_timestamp ON public.events (timestamp);
CREATE TABLE public.spool (id BIGINT PRIMARY KEY);
CREATE TABLE public.leases (name TEXT PRIMARY KEY, holder TEXT NOT NULL, until TIMESTAMPTZ NOT NULL);

CREATE SCHEMA web;
CREATE TABLE web.messages (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    session TEXT NOT NULL,
    key TEXT NOT NULL,
    created DOUBLE PRECISION NOT NULL,
    question TEXT NOT NULL,
    reply TEXT NOT NULL,
    UNIQUE (session, key)
);
CREATE INDEX messages_session ON web.messages (session, number);
CREATE INDEX messages_created ON web.messages (created);
CREATE TABLE web.feedback (
    message TEXT PRIMARY KEY REFERENCES web.messages (id) ON DELETE CASCADE,
    created DOUBLE PRECISION NOT NULL,
    vote TEXT NOT NULL CHECK (vote IN ('up', 'down')),
    word TEXT NOT NULL
);

CREATE SCHEMA telegram;
CREATE TABLE telegram.updates (id BIGINT PRIMARY KEY, body TEXT, received DOUBLE PRECISION NOT NULL, done DOUBLE PRECISION);
CREATE INDEX updates_open ON telegram.updates (id) WHERE done IS NULL;
CREATE INDEX updates_done ON telegram.updates (done);
CREATE TABLE telegram.outbox (
    update_id BIGINT NOT NULL, part INTEGER NOT NULL, fields TEXT NOT NULL,
    sending_after BIGINT, message BIGINT, PRIMARY KEY (update_id, part)
);
CREATE TABLE telegram.callbacks (id TEXT PRIMARY KEY, done DOUBLE PRECISION NOT NULL);
CREATE INDEX callbacks_done ON telegram.callbacks (done);
CREATE TABLE telegram.options (id TEXT PRIMARY KEY, option TEXT NOT NULL, question TEXT NOT NULL);
CREATE TABLE telegram.people (
    chat BIGINT NOT NULL, person BIGINT NOT NULL, conversation TEXT NOT NULL UNIQUE, seen DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (chat, person)
);
CREATE INDEX people_seen ON telegram.people (seen);
CREATE TABLE telegram.lights (
    chat BIGINT NOT NULL, message BIGINT NOT NULL, conversation TEXT NOT NULL, light TEXT NOT NULL,
    PRIMARY KEY (chat, message)
);
CREATE INDEX lights_of ON telegram.lights (conversation, message);
CREATE TABLE telegram.facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


def upgrade() -> None:
    """Make the tables."""
    op.execute(_UP)


def downgrade() -> None:
    """Drop them, with all that they hold."""
    op.execute("DROP SCHEMA telegram CASCADE; DROP SCHEMA web CASCADE; DROP TABLE public.events, public.spool, public.leases")
