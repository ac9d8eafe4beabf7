"""The built-in plugin: what it declares, through the hooks that every plugin uses."""

from __future__ import annotations

from collections.abc import Iterator

from amplify import (
    ExecutorComponent,
    ExplainerComponent,
    ObserverComponent,
    ProviderComponent,
    SelectorComponent,
    TaskComponent,
    TemplateComponent,
    hookimpl,
)


@hookimpl
def amplify_tasks() -> Iterator[TaskComponent]:
    yield TaskComponent(
        name="bbh",
        factory="amplify.builtin.tasks.bbh:BBH",
        summary="a BIG-Bench Hard task file, or one of the same form",
        options="amplify.builtin.tasks.options:BBHOptions",
    )
    yield TaskComponent(
        name="data",
        factory="amplify.builtin.tasks.data_file:DataFile",
        summary="a file of any format, of which columns and form are guessed",
        options="amplify.builtin.tasks.options:DataOptions",
    )
    yield TaskComponent(
        name="jsonl",
        factory="amplify.builtin.tasks.tables:JsonLines",
        summary="JSON lines, columns by name",
        options="amplify.builtin.tasks.options:JsonLinesOptions",
    )
    yield TaskComponent(
        name="csv",
        factory="amplify.builtin.tasks.tables:Csv",
        summary="a CSV table with a header, columns by name",
        options="amplify.builtin.tasks.options:CsvOptions",
    )
    yield TaskComponent(
        name="commonsense-qa",
        factory="amplify.builtin.tasks.commonsense_qa:CommonsenseQA",
        summary="CommonsenseQA, from its published files",
        options="amplify.builtin.tasks.options:CommonsenseQAOptions",
    )
    yield TaskComponent(
        name="coin-flip",
        factory="amplify.builtin.tasks.coin_flip:CoinFlip",
        summary="is the coin still heads up? generated from the seed, or the published file",
        options="amplify.builtin.tasks.options:CoinFlipOptions",
    )


@hookimpl
def amplify_selectors() -> Iterator[SelectorComponent]:
    yield SelectorComponent(
        name="h-mcs",
        factory="amplify.builtin.selectors.mcs:HighMCS",
        summary="what the LLM gets wrong, and the proxy most confidently",
        options="amplify.builtin.selectors.options:ErrorsOptions",
        needs=("scores", "errors"),
    )
    yield SelectorComponent(
        name="l-mcs",
        factory="amplify.builtin.selectors.mcs:LowMCS",
        summary="what the LLM gets wrong, and the proxy most confidently right",
        options="amplify.builtin.selectors.options:ErrorsOptions",
        needs=("scores", "errors"),
    )
    yield SelectorComponent(
        name="f-exp",
        factory="amplify.builtin.selectors.faithful:FaithfulExplanation",
        summary="what the LLM gets wrong, and the proxy's score depends most on the key words",
        options="amplify.builtin.selectors.options:ErrorsOptions",
        needs=("explanations", "errors"),
    )
    yield SelectorComponent(
        name="boundary",
        factory="amplify.builtin.selectors.mcs:Boundary",
        summary="what the LLM gets wrong, and where the proxy is least decided",
        options="amplify.builtin.selectors.options:ErrorsOptions",
        needs=("scores", "errors"),
    )
    yield SelectorComponent(
        name="errors",
        factory="amplify.builtin.selectors.random_draw:RandomErrors",
        summary="a seeded draw from what the LLM gets wrong; needs no proxy",
        options="amplify.builtin.selectors.options:BalancedOptions",
        needs=("errors",),
    )
    yield SelectorComponent(
        name="random",
        factory="amplify.builtin.selectors.random_draw:RandomDraw",
        summary="a seeded draw from the pool",
        options="amplify.builtin.selectors.options:BalancedOptions",
    )
    yield SelectorComponent(
        name="gradient-matching",
        factory="amplify.builtin.selectors.gradient_matching:GradientMatching",
        summary="shots whose mean gradient in the proxy's last layer is nearest to the pool's",
        needs=("scores", "features"),
    )
    yield SelectorComponent(
        name="best-of",
        factory="amplify.builtin.selectors.tried:BestOf",
        summary="the best of several random sets, by pool items that none of them shows",
        options="amplify.builtin.selectors.options:BestOfOptions",
        needs=("trials",),
    )
    yield SelectorComponent(
        name="confident-errors",
        factory="amplify.builtin.selectors.tried:ConfidentErrors",
        summary="the LLM's most confident errors, step by step, the pool asked anew in each",
        options="amplify.builtin.selectors.options:ConfidentErrorsOptions",
        needs=("trials",),
    )
    yield SelectorComponent(
        name="file",
        brings=True,
        factory="amplify.builtin.selectors.file:File",
        summary="demonstrations from a file, with their own rationales and instruction",
        options="amplify.builtin.selectors.options:FileSelectorOptions",
    )


@hookimpl
def amplify_explainers() -> Iterator[ExplainerComponent]:
    yield ExplainerComponent(
        name="random",
        factory="amplify.builtin.explainers.random_words:RandomWords",
        summary="a control: random words of the text, seeded",
    )
    yield ExplainerComponent(
        name="lexicon",
        factory="amplify.builtin.explainers.lexicon:Lexicon",
        summary="words that the plan names: the true ones of a generated task, or an expert's",
        options="amplify.builtin.explainers.options:LexiconOptions",
    )
    yield ExplainerComponent(
        name="tf-idf",
        factory="amplify.builtin.explainers.tf_idf:TfIdf",
        summary="a control: the words that are rare in the training split",
        needs=("train",),
    )
    yield ExplainerComponent(
        name="leave-one-out",
        factory="amplify.builtin.explainers.leave_one_out:LeaveOneOut",
        options="amplify.builtin.explainers.options:LeaveOneOutOptions",
        needs=("predict",),
        summary="what the proxy's score loses without a word; for any proxy",
    )

    yield ExplainerComponent(
        name="self-topk",
        factory="amplify.builtin.explainers.llm_rationales:TopWords",
        options="amplify.builtin.explainers.options:TopWordsOptions",
        needs=("llm",),
        summary="the words that the LLM names, told the answer (Self-AMPLIFY)",
    )
    yield ExplainerComponent(
        name="ph-cot",
        factory="amplify.builtin.explainers.llm_rationales:PostHocChain",
        options="amplify.builtin.explainers.options:PostHocOptions",
        needs=("llm",),
        summary="the LLM's explanation of the answer that it is told (Self-AMPLIFY)",
    )
    yield ExplainerComponent(
        name="chain",
        factory="amplify.builtin.explainers.llm_rationales:ZeroShotChain",
        options="amplify.builtin.explainers.options:ChainOptions",
        needs=("llm",),
        summary="the LLM's own zero-shot chain of thought (Auto-CoT)",
    )

    yield ExplainerComponent(
        name="clues",
        factory="amplify.builtin.explainers.llm_rationales:CluesAndReasoning",
        options="amplify.builtin.explainers.options:CluesOptions",
        needs=("llm",),
        summary="clues that the LLM finds for the answer that it is told, and its reasoning (CARP)",
    )


@hookimpl
def amplify_templates() -> Iterator[TemplateComponent]:
    yield TemplateComponent(
        name="answer-only",
        factory="amplify.builtin.templates.qa:AnswerOnly",
        summary="input and label, no rationale",
        options="amplify.builtin.templates.options:PromptOptions",
    )
    yield TemplateComponent(
        name="ranking",
        factory="amplify.builtin.templates.qa:Ranking",
        summary="the prompt of answer-only; the LLM ranks the labels instead of writing one",
        options="amplify.builtin.templates.options:LayoutOptions",
        ranks=True,
    )
    yield TemplateComponent(
        name="key-words",
        factory="amplify.builtin.templates.key_words:key_words_template",
        summary="AMPLIFY's rationale: the key words are important clues to predict the answer",
        options="amplify.builtin.templates.options:KeyWordsOptions",
        explains="always",
        reasons=True,
    )
    yield TemplateComponent(
        name="chain-of-thought",
        factory="amplify.builtin.templates.qa:ChainOfThought",
        summary="a chain of reasoning before the answer; without demonstrations, zero-shot",
        options="amplify.builtin.templates.options:ChainOfThoughtOptions",
        explains="optional",
        reasons=True,
    )
    yield TemplateComponent(
        name="carp",
        factory="amplify.builtin.templates.carp:Carp",
        summary="clues, the reasoning from them, then the answer (CARP)",
        options="amplify.builtin.templates.options:CarpOptions",
        explains="optional",
        reasons=True,
    )
    yield TemplateComponent(
        name="super-icl",
        factory="amplify.builtin.templates.views:SuperIcl",
        summary="the proxy's label and how sure it is below each input, test items too (SuperICL)",
        options="amplify.builtin.templates.options:SuperIclOptions",
        views="label",
    )
    yield TemplateComponent(
        name="proxy-clues",
        factory="amplify.builtin.templates.views:ProxyClues",
        summary="the words that speak for the proxy's label below each input, test items too",
        options="amplify.builtin.templates.options:ProxyCluesOptions",
        views="words",
    )
    yield TemplateComponent(
        name="file",
        factory="amplify.builtin.templates.key_words:file",
        summary="your own wording, from a file of Jinja2 blocks",
        options="amplify.builtin.templates.options:FileTemplateOptions",
        explains="optional",
        reasons=True,
    )
    yield TemplateComponent(
        name="prompt",
        factory="amplify.builtin.templates.prompt_file:WholePrompt",
        summary="a whole prompt of your own, from a file of messages; without demonstrations",
        options="amplify.builtin.templates.options:PromptTemplateOptions",
    )


@hookimpl
def amplify_providers() -> Iterator[ProviderComponent]:
    yield ProviderComponent(
        name="replay",
        factory="amplify.builtin.providers.replay:Replay",
        summary="recorded replies of a real LLM, from transcript files",
        options="amplify.builtin.providers.options:ReplayOptions",
    )
    yield ProviderComponent(
        name="none",
        factory="amplify.builtin.providers.no_llm:NoLLM",
        summary="answers nothing: the run writes its prompts, for use elsewhere",
    )


@hookimpl
def amplify_executors() -> Iterator[ExecutorComponent]:
    yield ExecutorComponent(
        name="serial",
        factory="amplify.builtin.executors.local:Serial",
        summary="one after another, in the calling thread",
    )
    yield ExecutorComponent(
        name="processes",
        factory="amplify.builtin.executors.local:Processes",
        summary="worker processes on this machine",
        options="amplify.builtin.executors.options:ProcessesOptions",
    )


@hookimpl
def amplify_observers() -> Iterator[ObserverComponent]:
    yield ObserverComponent(
        name="jsonl",
        factory="amplify.builtin.observers:EventLines",
        summary="a line for each event, in events.jsonl in the run folder",
    )
