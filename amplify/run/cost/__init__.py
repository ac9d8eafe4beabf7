"""Tokens, prices, time and money: what calls take, took and may take."""
