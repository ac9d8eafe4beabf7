"""LIME (Ribeiro et al. 2016) over the words of a text, on `lime.lime_text.LimeTextExplainer`."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from lime.lime_text import LimeTextExplainer
from sklearn.linear_model import LinearRegression

from amplify import Ablation, Claim, Context, Explanation, Proxy, ablations, word_form
from amplify_lime.options import LimeOptions

NUMBER = re.compile(r"\d+")


class Text:
    """Explains claims one by one, each text's samples in one call of the proxy.

    LIME is given the numbers of the words in place of the text: it then leaves out amplify's words
    rather than its own pieces of the string, and nothing it makes of a text is ever parsed. All
    words are asked for, which is also the cheaper way.
    """

    def __init__(self, options: LimeOptions, context: Context) -> None:
        self._options = options
        self._seed = context.seed
        self._show = context.show

    def explain(self, proxy: Proxy, claims: Sequence[Claim]) -> list[Explanation]:
        """One explanation for each claim, in order; the remainder is the regression's constant.

        A claim whose target is not open to its example, or is the only label where a foil is
        needed, gets no spans. Every claim starts from the run's seed: neither order nor company
        changes an explanation.
        """
        ablated = ablations(proxy, claims, self._options.of, self._options.contrast)
        explanations = []
        with self._show("explain with lime/text", len(ablated)) as advance:
            for ablation in ablated:
                explanations.append(self._explain(ablation))
                advance()
        return explanations

    def _explain(self, ablation: Ablation) -> Explanation:
        if ablation.objective is None:
            return ablation.unexplained("lime/text")
        if not ablation.words:
            return ablation.explained([], "lime/text", ablation.whole)
        groups = self._groups(ablation)
        count = max(groups) + 1

        def classify(texts: Sequence[str]) -> npt.NDArray[np.float64]:
            kept = [{int(number) for number in NUMBER.findall(text)} for text in texts]
            masks = [[group in present for group in groups] for present in kept]
            return np.array(ablation.score(masks)).reshape(-1, 1)

        explainer = LimeTextExplainer(
            kernel_width=self._options.kernel_width,
            split_expression=r"\s+",
            bow=True,
            random_state=self._seed % 2**32,
        )
        samples = self._options.samples or max(250, 10 * len(ablation.words))
        regression = explainer.explain_instance(
            " ".join(map(str, groups)),
            classify,
            labels=(0,),
            num_features=count,
            num_samples=samples,
            model_regressor=LinearRegression()
            if self._options.regression == "least-squares"
            else None,
        )
        weights = {int(group): float(weight) for group, weight in regression.local_exp[0]}
        # A group's weight is what it adds when all of its places are there.
        scores = [weights[group] / groups.count(group) for group in groups]
        return ablation.explained(scores, "lime/text", float(regression.intercept[0]))

    def _groups(self, ablation: Ablation) -> list[int]:
        """The number of each word's feature, counted in the order in which they first stand."""
        if self._options.repeats == "apart":
            return list(range(len(ablation.words)))
        numbers: dict[str, int] = {}
        text = ablation.claim.example.text
        return [numbers.setdefault(word_form(text[a:b]), len(numbers)) for a, b in ablation.words]
