/** The program of a stack alone, without an engine: `node bench/program.ts` prints the most memory it used, in MB. */
import * as pulumi from "@pulumi/pulumi";

const secrets = ["story-42:googleApiKey", "story-42:tech42TtsApiKey"];
pulumi.runtime.setAllConfig(
    {
        "aws:region": "us-east-1",
        "story-42:projectName": "story-42",
        "story-42:adminEmail": "admin@example.com",
        "story-42:tech42TtsApiUrl": "https://tts.example.com",
        ...Object.fromEntries(secrets.map((key) => [key, "key"])),
    },
    secrets,
);
let registered = 0;
await pulumi.runtime.setMocks(
    {
        newResource: ({ name, inputs }) => {
            registered += 1;
            return {
                id: `${name}-id`,
                state: { ...inputs, routeTables: [], publicSubnetIds: [], isolatedSubnetIds: [] },
            };
        },
        call: ({ inputs }) => ({ ...inputs, accountId: "000000000000", region: "us-east-1", id: "pl-1" }),
    },
    "story-42",
    "dev",
    true,
);
const { default: program } = await import("../index.ts");
await program();
await pulumi.runtime.disconnect();
if (registered < 100) {
    throw new Error(`the program registered ${registered} resources only`);
}
console.log(Math.round(process.resourceUsage().maxRSS / 1024));
