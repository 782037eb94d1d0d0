// A preview environment for each open pull request: `node environments.js 41 57` brings up the environments of 41 and 57,
// and removes all others that it created earlier, with their data.
import { StoryStacks } from "@tech42/story-42/automation";

const wanted = process.argv.slice(2).map((number) => `pr-${number}`);
const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
process.once("SIGTERM", () => stop.abort());

const stacks = new StoryStacks({ concurrency: 4 });
const there = (await stacks.names()).filter((name) => /^pr-\d+$/.test(name));
const work = [
    ...wanted.map((name) => report(name, bringUp(name))),
    ...there.filter((name) => !wanted.includes(name)).map((name) => report(name, remove(name))),
];
const ends = await Promise.all(work);
process.exit(ends.every(Boolean) ? 0 : 1);

async function bringUp(name) {
    const settings = {
        region: process.env.AWS_REGION,
        projectName: "stories",
        environment: name,
        adminEmail: "dev@example.com",
        googleApiKey: process.env.GOOGLE_API_KEY,
        tech42TtsApiUrl: "https://tts.example.com",
        tech42TtsApiKey: process.env.TTS_API_KEY,
        // Image digests; the pull request's own pipeline builds and pushes the images once.
        images: process.env.IMAGES,
        // The agent service costs the most; these environments only test the API and the site.
        agentEnabled: false,
        // One permanent stack of the account and region sets up the APIs' logging, not a temporary one.
        manageAccountLogging: false,
    };
    const stack = stacks.open(name, { settings, siteContent: "site" });
    const { changes, outputs } = await stack.up({ signal: stop.signal });
    return `${changes.create.length} made, ${changes.update.length} changed: ${outputs.website_url}`;
}

async function remove(name) {
    const stack = stacks.open(name);
    const { changes } = await stack.destroy({ everythingOf: name, removeStack: true, signal: stop.signal });
    return `${changes.delete.length} removed`;
}

/** Reports the result of one environment; the others continue. */
async function report(name, end) {
    try {
        console.log(`${name}: ${await end}`);
        return true;
    } catch (error) {
        console.error(`${name}: ${error.message}\n  ${error.advice ?? ""}`);
        return false;
    }
}
