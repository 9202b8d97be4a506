"""What alembic runs: all changes in one transaction on the connection that `bot.memory.schema` has opened."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], version_table_schema="public")
with context.begin_transaction():
    context.run_migrations()
