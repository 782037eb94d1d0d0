/**
 * The prices of models and services, in USD. A price that is not here, or not for a region, is unknown: it is not guessed. The
 * setting `prices` adds and overrides prices.
 */
import * as z from "zod";
import { splitModelId } from "./models.ts";
import { NANO_USD, SERVICES, type Used } from "./usage.ts";

/** A price above this is rejected, since it is probably in another unit. */
const MAX_USD = 1_000;
const usd = z.number().min(0).max(MAX_USD);

/** A price in its unit. An omitted part is unknown, and so is the price of a call that uses it. */
export const price = z.discriminatedUnion("unit", [
    z.strictObject({
        unit: z.literal("million tokens"),
        input: usd,
        output: usd,
        /** Tokens of pictures that are drawn. */
        image: usd.optional(),
        cacheRead: usd.optional(),
        cacheWrite: usd.optional(),
    }),
    z.strictObject({ unit: z.literal("picture"), usd }),
    z.strictObject({ unit: z.literal("search"), usd }),
    z.strictObject({ unit: z.literal("second of speech"), usd }),
    z.strictObject({ unit: z.literal("GB-second"), usd }),
]);
export type Price = z.infer<typeof price>;

/** Prices by the id of a model, without the prefix of a geography, or the name of a service. */
export const prices = z.record(z.string(), price);
export type Prices = z.infer<typeof prices>;

interface Entry {
    price: Price;
    /** Stack regions in which it holds; a geography's profile is billed by the caller's region. Default: any. */
    regions?: RegExp;
    source: string;
    /** When it was looked up, as YYYY-MM-DD. */
    date: string;
}

const inUs = /^us-(east|west)-\d$/;
const perMillion = (tokens: Omit<Extract<Price, { unit: "million tokens" }>, "unit">): Price => ({
    unit: "million tokens",
    ...tokens,
});
const bedrock = { regions: inUs, source: "Amazon Bedrock pricing, on demand, US regions", date: "2026-11-26" };
const lambda = { regions: inUs, source: "AWS Lambda pricing, US regions, first tier", date: "2026-11-26" };
const gemini = { source: "Gemini API pricing, standard tier (last updated 2026-10-09)", date: "2026-11-26" };

/** The table. For Nova, a cache write costs the same as input. */
export const priceTable: Readonly<Record<string, Entry>> = {
    "amazon.nova-micro-v1:0": {
        price: perMillion({ input: 0.035, output: 0.14, cacheRead: 0.008_75, cacheWrite: 0.035 }),
        ...bedrock,
    },
    "amazon.nova-lite-v1:0": {
        price: perMillion({ input: 0.06, output: 0.24, cacheRead: 0.015, cacheWrite: 0.06 }),
        ...bedrock,
    },
    "amazon.nova-pro-v1:0": {
        price: perMillion({ input: 0.8, output: 3.2, cacheRead: 0.2, cacheWrite: 0.8 }),
        ...bedrock,
    },
    "amazon.nova-2-lite-v1:0": { price: perMillion({ input: 0.33, output: 2.75 }), ...bedrock },
    "meta.llama3-3-70b-instruct-v1:0": { price: perMillion({ input: 0.72, output: 0.72 }), ...bedrock },
    "openai.gpt-oss-120b-1:0": { price: perMillion({ input: 0.15, output: 0.6 }), ...bedrock },
    "gemini-nano-banana-2.1": { price: perMillion({ input: 1.5, output: 7.5, image: 30 }), ...gemini },
    "gemini-3.1-flash-lite-image": { price: perMillion({ input: 0.25, output: 1.5, image: 30 }), ...gemini },
    "gemini-3-pro-image": { price: perMillion({ input: 2, output: 12, image: 120 }), ...gemini },
    [SERVICES.duckDuckGo]: {
        price: { unit: "search", usd: 0 },
        source: "DuckDuckGo's HTML pages, which nobody pays for",
        date: "2026-11-26",
    },
    [SERVICES.brave]: {
        price: { unit: "search", usd: 0.005 },
        source: "Brave Search API, plans: Search, 5.00 USD per 1,000 requests",
        date: "2026-11-26",
    },
    [SERVICES.compute.x64]: { price: { unit: "GB-second", usd: 0.000_016_666_7 }, ...lambda },
    [SERVICES.compute.arm64]: { price: { unit: "GB-second", usd: 0.000_013_333_4 }, ...lambda },
};

/** The inputs of prices, beside the usage. */
export interface Pricing {
    region: string;
    /** The prices of the setting, which override the table's. */
    own: Prices;
    /** GB of memory that a function has. */
    memoryGb?: number;
}

/** The price of a model or service; undefined where it is unknown. */
export function priceOf(model: string, { region, own }: Pick<Pricing, "region" | "own">): Price | undefined {
    const plain = splitModelId(model).model;
    const entry = ownProperty(priceTable, plain);
    const isHere = !entry?.regions || entry.regions.test(region);
    return ownProperty(own, model) ?? ownProperty(own, plain) ?? (isHere ? entry?.price : undefined);
}

/** Own properties only: names come from outside, and `constructor` is no price. */
const ownProperty = <T>(of: Readonly<Record<string, T>>, name: string) =>
    Object.hasOwn(of, name) ? of[name] : undefined;

/** The cost of a call, in billionths of a USD and rounded up; undefined if unknown. */
export function nanoUsdOf(model: string, used: Used, pricing: Pricing): number | undefined {
    const modelPrice = priceOf(model, pricing);
    const usd = modelPrice && usdOf(modelPrice, used, pricing);
    // A sum of decimal fractions may be slightly above a whole number.
    return usd === undefined ? undefined : Math.ceil(Number((usd * NANO_USD).toFixed(3)));
}

function usdOf(its: Price, used: Used, { memoryGb }: Pricing): number | undefined {
    switch (its.unit) {
        case "million tokens": {
            const { input_tokens, output_tokens, image_tokens, cache_read_tokens, cache_write_tokens } = used;
            const parts = [
                [input_tokens, its.input],
                [output_tokens, its.output],
                [image_tokens, its.image],
                [cache_read_tokens, its.cacheRead],
                [cache_write_tokens, its.cacheWrite],
            ] as const;
            const costs = parts.map(([count = 0, each]) => (count === 0 ? 0 : each && (count * each) / 1_000_000));
            return costs.reduce<number | undefined>(
                (sum, cost) => (sum === undefined || cost === undefined ? undefined : sum + cost),
                0,
            );
        }
        case "picture":
            return (used.pictures ?? 0) * its.usd;
        case "search":
            return (used.searches ?? 0) * its.usd;
        case "second of speech":
            return ((used.speech_ms ?? 0) / 1_000) * its.usd;
        case "GB-second":
            return memoryGb === undefined ? undefined : ((used.compute_ms ?? 0) / 1_000) * memoryGb * its.usd;
    }
}

/** The units that fit a model or service, in words. */
export function unitsOf(model: string, pictureModel: string): readonly Price["unit"][] {
    switch (model) {
        case SERVICES.duckDuckGo:
        case SERVICES.brave:
            return ["search"];
        case SERVICES.speech:
            return ["second of speech"];
        case SERVICES.compute.x64:
        case SERVICES.compute.arm64:
            return ["GB-second"];
        default:
            return model === pictureModel || ownProperty(priceTable, model)?.source === gemini.source
                ? ["million tokens", "picture"]
                : ["million tokens"];
    }
}
