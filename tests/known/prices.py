"""A table of prices for the tests: of nothing that exists."""

TABLE = """
[[prices]]
model = "echo"
currency = "USD"
input = 100.0
output = 200.0
cached = 10.0
written = 125.0
batch = 0.5
source = "a test"
date = 2026-01-01
"""
