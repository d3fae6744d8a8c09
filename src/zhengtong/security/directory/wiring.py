"""Duties are separate for people, not for posts only: the directory knows who else holds what."""

from zhengtong.security.permissions.providers import know_holders, know_posts

from . import queries

know_holders(queries.posts_of_holders)
know_posts(queries.holder_and_posts)
