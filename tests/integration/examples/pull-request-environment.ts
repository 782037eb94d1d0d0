import { DescribeTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { expect } from "chai";
import type { ScriptExample } from "./example.ts";
import { script, storyStack, storyStacks } from "./stacks.ts";

const image = (name: string) => `000000000000.dkr.ecr.us-east-1.amazonaws.com/${name}@sha256:${"c".repeat(64)}`;
const variables = {
    GOOGLE_API_KEY: "google-key",
    TTS_API_KEY: "tts-key",
    IMAGES: JSON.stringify({ text: image("text"), image: image("image"), dataOps: image("data-ops") }),
};

export const run: ScriptExample["run"] = async (installed) => {
    const dynamodb = new DynamoDBClient(installed.client);
    const TableName = "stories-story-sessions-pr-7";
    const tableStatus = () =>
        dynamodb.send(new DescribeTableCommand({ TableName })).then(
            ({ Table }) => Table?.TableStatus,
            (error: Error) => error.name,
        );
    for (const name of ["pr-3", "dev"]) {
        await (await storyStack(installed, name, async () => ({}))).up();
    }

    const opened = await script(installed, ["environments.js", "7"], variables);
    expect(opened).to.match(/^pr-7: \d+ made, 0 changed: https:/m);
    expect(await tableStatus()).to.equal("ACTIVE");
    expect(await storyStacks(installed)).to.have.members(["pr-7", "dev"]);

    const closed = await script(installed, ["environments.js"], variables);
    expect(closed).to.match(/^pr-7: \d+ removed$/m);
    expect(await tableStatus()).to.equal("ResourceNotFoundException");
    expect(await storyStacks(installed)).to.deep.equal(["dev"]);
};
