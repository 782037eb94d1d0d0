/** A model that judges stories: it scores one by a rubric, or compares two, in both orders. */

import type * as z from "zod";
import { type BedrockRuntimeClient, converse, type Question } from "../docker/shared/converse.ts";
import { failureOf } from "./models.ts";
import { type Illustration, imageBlock } from "./pictures.ts";
import { criteria, criterionNames, judgement, pictureJudgement, preference, type Scores } from "./rubric.ts";
import type { Wish } from "./wishes.ts";
import type { Written } from "./writer.ts";

export type Story = Exclude<Written, { failure: string }>;

const ROLE = `You judge stories, strictly and without regard to length or to which is named first. You judge by this:
${criterionNames.map((name) => `- ${name}: ${criteria[name]}`).join("\n")}`;
const MAX_TOKENS = 500;

export class Judge {
    readonly #bedrock: BedrockRuntimeClient;
    readonly #modelId: string;

    constructor(bedrock: BedrockRuntimeClient, modelId: string) {
        this.#bedrock = bedrock;
        this.#modelId = modelId;
    }

    /** `undefined` when all of the judge's answers were unusable. */
    async scores(wish: Wish, story: Story, signal: AbortSignal): Promise<Scores | undefined> {
        const task = "Score the story below from 1 (spoils it) to 5 (could not be better) by each criterion.";
        return (await this.#ask(task, { wish: asData(wish), story: linesOf(story) }, judgement, signal))?.scores;
    }

    /**
     * How much better the second story is: 1 when it is preferred in both orders, 0.5 when in one order and neither in the
     * other, 0 when they are alike or the judge contradicts itself; negative for the first. `undefined` for unusable answers.
     */
    async prefers(wish: Wish, first: Story, second: Story, signal: AbortSignal): Promise<number | undefined> {
        const task = "Say which of the two stories below is better.";
        const ask = async (one: Story, other: Story) =>
            (
                await this.#ask(
                    task,
                    { wish: asData(wish), first: linesOf(one), second: linesOf(other) },
                    preference,
                    signal,
                )
            )?.better;
        const [forward, backward] = [await ask(first, second), await ask(second, first)];
        if (forward === undefined || backward === undefined) {
            return undefined;
        }
        const points = { first: -1, neither: 0, second: 1 };
        return (points[forward] - points[backward]) / 2;
    }

    /** How well a picture fits its text, from 1 to 5; `undefined` for unusable answers. */
    async fits(
        { text, picture }: Pick<Illustration, "text" | "picture">,
        signal: AbortSignal,
    ): Promise<number | undefined> {
        const task = "Score how well the picture shows what its text below says.";
        return (await this.#ask(task, { text }, pictureJudgement, signal, [imageBlock(picture)]))?.fit;
    }

    async #ask<Answer>(
        task: string,
        data: Record<string, unknown>,
        schema: z.ZodType<Answer>,
        signal: AbortSignal,
        pictures: Question<Answer>["pictures"] = [],
    ) {
        const options = { task, data, pictures, schema, signal, role: ROLE, maxTokens: MAX_TOKENS };
        try {
            const models: [string] = [this.#modelId];
            return (await converse(this.#bedrock, { ...options, models, onFailedModel: () => {} })).answer;
        } catch (error) {
            failureOf(error);
            return undefined;
        }
    }
}

/** The part of a wish that a judge gets: all that a person would say. */
function asData({ id: _, ...wish }: Wish): Record<string, unknown> {
    return wish;
}

function linesOf({ parts }: Story): Record<string, string[]> {
    return Object.fromEntries(
        parts.map(({ story_part, sections }) => [
            story_part,
            sections.flatMap(({ segments }) =>
                segments.map(({ speaker, segment_content }) => `${speaker}: ${segment_content}`),
            ),
        ]),
    );
}
