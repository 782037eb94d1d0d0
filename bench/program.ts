/** The program of a stack alone, without an engine: `node bench/program.ts` prints the most memory it used, in MB. */
import { run } from "../tests/unit/components/monitor.ts";

const secretKeys = ["story-42:googleApiKey", "story-42:tech42TtsApiKey"];
const config = {
    "aws:region": "us-east-1",
    "story-42:projectName": "story-42",
    "story-42:adminEmail": "admin@example.com",
    "story-42:tech42TtsApiUrl": "https://tts.example.com",
    ...Object.fromEntries(secretKeys.map((key) => [key, "key"])),
};

const { resources } = await run(async () => (await import("../index.ts")).default(), {
    preview: true,
    config,
    secretKeys,
});
if (resources.all.length < 150) {
    throw new Error(`the program registered ${resources.all.length} resources only`);
}
console.log(Math.round(process.resourceUsage().maxRSS / 1024));
