/**
 * Runs the program of a stack without an engine, in the order of Pulumi's language host: the SDK first, then the program.
 * `node bench/program.mjs` prints its maximum memory, in MB. Plain JavaScript, like the SDK's runner.
 */
import * as pulumi from "@pulumi/pulumi";
import { getStore } from "@pulumi/pulumi/runtime/state.js";

const secretKeys = ["story-42:googleApiKey", "story-42:tech42TtsApiKey"];
const config = {
    "aws:region": "us-east-1",
    "story-42:projectName": "story-42",
    "story-42:adminEmail": "admin@example.com",
    "story-42:tech42TtsApiUrl": "https://tts.example.com",
    ...Object.fromEntries(secretKeys.map((key) => [key, "key"])),
};

let registered = 0;
const engine = {
    newResource({ inputs }) {
        registered += 1;
        return { id: undefined, state: inputs };
    },
    call: ({ token }) =>
        token === "aws:index/getAvailabilityZones:getAvailabilityZones"
            ? { names: ["us-east-1a", "us-east-1b"], zoneIds: ["use1-az1", "use1-az2"] }
            : {},
};
await pulumi.runtime.setMocks(engine, "story-42", "dev", true);
// A real engine supports both; the SDK's mocks do not set these flags.
Object.assign(getStore(), { supportsTransforms: true, supportsSecrets: true });
pulumi.runtime.setAllConfig(config, secretKeys);
const { default: program } = await import("../index.ts");
await program();
await pulumi.runtime.disconnect();
if (registered < 150) {
    throw new Error(`the program registered ${registered} resources only`);
}
console.log(Math.round(process.resourceUsage().maxRSS / 1024));
