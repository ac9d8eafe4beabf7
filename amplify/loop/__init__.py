"""The method, a file a step: survey, select, explain, prompt, answer, parse, score.

Nothing here knows a plugin host, a terminal or a file format: the steps take plain data and the
objects that play the roles, and ask the LLM through the contract's `Ask`.
"""
