/**
 * The program of a stack alone, without an engine, started as Pulumi's language host starts it: the SDK first, then the
 * program. `node bench/program.mjs` prints the most memory it used, in MB. Plain JavaScript, as the SDK's runner is.
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
// The engine has both; the SDK's mocks don't say so.
Object.assign(getStore(), { supportsTransforms: true, supportsSecrets: true });
pulumi.runtime.setAllConfig(config, secretKeys);
const { default: program } = await import("../index.ts");
await program();
await pulumi.runtime.disconnect();
if (registered < 150) {
    throw new Error(`the program registered ${registered} resources only`);
}
console.log(Math.round(process.resourceUsage().maxRSS / 1024));
