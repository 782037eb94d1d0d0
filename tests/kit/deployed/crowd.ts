/** Many simultaneous people at one address: each answer must be right, and for the right person. */
import { type StoryEvent, visualStory } from "./stage.ts";

/** Options of a crowd. */
export interface CrowdOptions {
    /** The address. */
    url: string;
    /** A token for each person. */
    people: { token: string; sub: string }[];
    /** Whether to begin one more round. */
    goOn: (round: number) => boolean;
}

/** The findings of a crowd. */
export interface CrowdReport {
    /** Descriptions of answers that were wrong, or another person's. */
    wrong: string[];
    /** Each finished story that had to do without something, with its session and its own words. */
    lacking: { session: string | undefined; warning: string }[];
    /** Milliseconds of each call through the gateway to a function. */
    gatewayMs: number[];
    /** Milliseconds of each call to the service. */
    serviceMs: number[];
    /** Number of finished stories. */
    stories: number;
}

/**
 * Each person repeatedly requests, all in parallel: an outline through the gateway, a story from the service, and the list
 * of their stories.
 */
export async function askAsCrowd({ url, people, goOn }: CrowdOptions): Promise<CrowdReport> {
    const report: CrowdReport = { wrong: [], lacking: [], gatewayMs: [], serviceMs: [], stories: 0 };
    const one = async ({ token, sub }: { token: string; sub: string }, at: number) => {
        const own = new Set<string>();
        for (let round = 0; goOn(round); round += 1) {
            try {
                const topic = `The tale of keeper ${at} in round ${round}`;
                await outline(url, token, sub, topic, report);
                await story(url, token, topic, own, report);
                await list(url, token, own, report);
            } catch (error) {
                report.wrong.push(`person ${at}, round ${round}: ${(error as Error).message}`);
            }
        }
    };
    await Promise.all(people.map(one));
    return report;
}

async function outline(url: string, token: string, sub: string, topic: string, report: CrowdReport): Promise<void> {
    const body = { ...visualStory, job_id: `job-${sub}`, user_input_description: topic };
    const { result, authenticated_user } = await timed(report.gatewayMs, () =>
        json(`${url}/generate-story-outline`, token, body),
    );
    expectSame("the caller", authenticated_user?.sub, sub);
    expectSame("the job", result?.metadata?.job_id, body.job_id);
    expectSame("the wish", result?.metadata?.user_input_description, topic);
}

async function story(url: string, token: string, topic: string, own: Set<string>, report: CrowdReport): Promise<void> {
    const response = await ask(`${url}/api/v1/story/generate-pipeline`, token, { topic, length: "short" });
    const text = await response.text();
    const events: StoryEvent[] = text
        .split("\n")
        .filter((line) => line.startsWith("data: "))
        .map((line) => JSON.parse(line.slice("data: ".length)));
    const ids = new Set(events.map(({ session_id }) => session_id));
    for (const id of ids) {
        own.add(id);
    }
    const last = events.at(-1);
    if (last?.type !== "complete") {
        throw new Error(`the story ended with ${JSON.stringify(last ?? text.slice(0, 200))}`);
    }
    expectSame("the sessions of one story", ids.size, 1);
    expectSame("the topic of the story", last.result?.topic, topic);
    const [session] = ids;
    report.lacking.push(...(last.result?.warnings ?? []).map((warning) => ({ session, warning })));
    report.stories += 1;
}

async function list(url: string, token: string, own: Set<string>, report: CrowdReport): Promise<void> {
    const { stories } = await timed(report.serviceMs, () => json(`${url}/api/v1/stories/list`, token));
    const ids = (stories as { session_id: string }[]).map(({ session_id }) => session_id);
    expectSame("the stories of one person", ids.sort().join(), [...own].sort().join());
}

function expectSame(what: string, is: unknown, expected: unknown): void {
    if (is !== expected) {
        throw new Error(`${what}: ${JSON.stringify(is)} instead of ${JSON.stringify(expected)}`);
    }
}

async function timed<Result>(times: number[], work: () => Promise<Result>): Promise<Result> {
    const began = performance.now();
    const result = await work();
    times.push(performance.now() - began);
    return result;
}

// biome-ignore lint/suspicious/noExplicitAny: the checks inspect the answer's fields
async function json(address: string, token: string, body?: object): Promise<any> {
    return (await ask(address, token, body)).json();
}

async function ask(address: string, token: string, body?: object): Promise<Response> {
    const response = await fetch(address, {
        method: body ? "POST" : "GET",
        headers: { authorization: `Bearer ${token}`, ...(body ? { "content-type": "application/json" } : {}) },
        body: body && JSON.stringify(body),
    });
    if (!response.ok) {
        throw new Error(`${new URL(address).pathname} answered ${response.status}: ${await response.text()}`);
    }
    return response;
}
