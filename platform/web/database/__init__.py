"""PostgreSQL as Django drives it, with connections that are looked at rather than asked before each request."""
