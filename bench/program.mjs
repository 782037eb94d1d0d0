/**
 * The program of a stack alone, without an engine, started as Pulumi's language host starts it: the SDK first, then the
 * program. `node bench/program.mjs` prints the most memory it used, in MB. Plain JavaScript, as the SDK's runner is.
 */
import "@pulumi/pulumi";

const { default: program } = await import("../index.ts");
const { run } = await import("../tests/unit/components/monitor.ts");

const secretKeys = ["story-42:googleApiKey", "story-42:tech42TtsApiKey"];
const config = {
    "aws:region": "us-east-1",
    "story-42:projectName": "story-42",
    "story-42:adminEmail": "admin@example.com",
    "story-42:tech42TtsApiUrl": "https://tts.example.com",
    ...Object.fromEntries(secretKeys.map((key) => [key, "key"])),
};

const { resources } = await run(program, { preview: true, config, secretKeys });
if (resources.all.length < 150) {
    throw new Error(`the program registered ${resources.all.length} resources only`);
}
console.log(Math.round(process.resourceUsage().maxRSS / 1024));
