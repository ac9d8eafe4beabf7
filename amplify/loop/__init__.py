"""The method, a folder a step: data, survey, select, explain, prompt, audit, answer, compare.

Nothing here knows a plugin host, a terminal or a file format: the steps take plain data and the
objects that play the roles, and ask the LLM through the contract's `Ask`.
"""
