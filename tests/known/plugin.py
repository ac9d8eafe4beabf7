"""A third party's plugin for the tests of whole runs: a torch-free proxy, explainer and LLM.

The LLM reads the labels of the demonstrations and votes by shared words; asked which words matter,
it names the first three, asked for steps, it says one. It writes every prompt
that it is asked to `$KNOWN_LOG`, so that a test can count what was really asked; `$KNOWN_PAUSE` are
the seconds that it takes for each. It refuses what contains the word `$KNOWN_REFUSES`, and hums
at what contains `$KNOWN_HUMS`. The proxy writes a line to `$KNOWN_LOG.fits` for each fit, the
explainer one to `$KNOWN_LOG.told` for each claim.
"""

DECLARATIONS = """
    from dataclasses import dataclass
    from amplify import (
        ExplainerComponent, ProviderComponent, ProxyComponent, hookimpl, option,
    )

    @dataclass(frozen=True)
    class VoterOptions:
        limit: int = option(0, help="the longest prompt, in words; 0: any")
        name: str = option("voter", help="what the model is called")

    @hookimpl
    def amplify_proxies():
        yield ProxyComponent(name="counts", factory="{module}_live:Counts", summary="word counts")

    @hookimpl
    def amplify_explainers():
        yield ExplainerComponent(
            name="log-odds", factory="{module}_live:LogOdds", summary="log odds", needs=("predict",)
        )
        yield ExplainerComponent(
            name="slopes", factory="{module}_live:LogOdds", summary="x", needs=("gradients",)
        )

    @hookimpl
    def amplify_providers():
        yield ProviderComponent(
            name="voter", factory="{module}_live:Voter", summary="votes by shared words",
            options=VoterOptions, env=("KNOWN_LOG",),
        )
"""

LIVE = """
    import math, os, re, time
    from collections import Counter
    from amplify import Completion, Explanation, Failure, Scores, Span, Usage, word_ranges

    def words(text):
        return [text[a:b].casefold() for a, b in word_ranges(text)]

    class Counts:
        def __init__(self, options, context):
            self.counts = {}

        def fit(self, train, labels):
            self.labels = labels
            with open(os.environ["KNOWN_LOG"] + ".fits", "a") as log:
                log.write("fit\\n")
            self.counts = {label: Counter() for label in labels}
            for example in train:
                self.counts[example.label].update(set(words(example.text)))

        def weight(self, word, label):
            return math.log((self.counts[label][word] + 0.5) / 20)

        def predict(self, examples):
            found = []
            for example in examples:
                seen = sorted(set(words(example.text)))
                logits = [sum(self.weight(w, label) for w in seen) for label in self.labels]
                exps = [math.exp(x - max(logits)) for x in logits]
                chances = tuple(x / sum(exps) for x in exps)
                found.append(Scores(self.labels, tuple(logits), chances))
            return found

    class LogOdds:
        def __init__(self, options, context):
            pass

        def explain(self, proxy, claims):
            return [self.one(proxy, claim) for claim in claims]

        def one(self, proxy, claim):
            text = claim.example.text
            with open(os.environ["KNOWN_LOG"] + ".told", "a") as log:
                log.write(claim.example.id + "\\n")
            spans = []
            for start, end in word_ranges(text):
                word = text[start:end].casefold()
                score = proxy.weight(word, claim.target) - proxy.weight(word, claim.foil)
                spans.append(Span(start, end, score))
            return Explanation(claim.example, claim.target, tuple(spans), method="log-odds")

    class Voter:
        def __init__(self, options, context):
            self.limit = options.limit or None
            self.identity = {"provider": "known/voter", "model": options.name}

        def count_tokens(self, text):
            return len(text.split())

        def complete(self, requests):
            for index, request in enumerate(requests):
                time.sleep(float(os.environ.get("KNOWN_PAUSE", "0")))
                with open(os.environ["KNOWN_LOG"], "a") as log:
                    name = self.identity["model"].replace("voter", "")
                    told = [request.arm, request.item, hash_of(request.prompt.text), name]
                    log.write(" ".join(told).strip() + "\\n")
                refuses = os.environ.get("KNOWN_REFUSES")
                if refuses and refuses in request.prompt.item_part.split():
                    yield index, Failure("refused", "not that")
                elif os.environ.get("KNOWN_HUMS", "-") in request.prompt.item_part.split():
                    yield index, Completion("hm", "voter")
                else:
                    yield index, self.vote(request.prompt.text)

        def vote(self, text):
            *shown, asked = re.split(r"(?:^|\\n\\n)Q: ", text)
            question = asked.split("\\n")[0]
            if "matter most" in asked:
                return Completion(", ".join(words(question)[:3]), "voter", usage=Usage(9, 3))
            asked_words = set(words(question))
            votes = Counter({"cold": 0, "warm": 0})
            for block in shown:
                found = re.search(r"\\nA: (?:.*answer is )?(\\w+)\\.?$", block)
                if found:
                    votes[found[1]] += len(asked_words & set(words(block)))
            said = max(sorted(votes), key=votes.get)
            if "steps" in asked or "step by step" in asked:
                said = f" It says {words(question)[0]}. So the answer is {said}."
            return Completion(said, "voter", usage=Usage(len(text.split()), 1))

    def hash_of(text):
        import hashlib
        return hashlib.sha256(text.encode()).hexdigest()[:16]
"""
