"""${message}."""

from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Change the tables."""
    ${upgrades or 'op.execute("")'}


def downgrade() -> None:
    """Change them back."""
    ${downgrades or 'op.execute("")'}
