// Stops the agent service of every dev stack in the evening, and starts it in the morning: `node nightly.js stop`, or `start`.
import { ECSClient, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { StoryStacks } from "@tech42/story-42/automation";

const counts = { stop: 0, start: 1 };
const desiredCount = counts[process.argv[2]];
if (desiredCount === undefined) {
    console.error("Usage: node nightly.js stop|start");
    process.exit(2);
}

const stacks = new StoryStacks({ concurrency: 8 });
const names = (await stacks.names()).filter((name) => /^dev(-|$)/.test(name));
const ends = await Promise.allSettled(names.map(setCount));
for (const [index, end] of ends.entries()) {
    console.log(`${names[index]}: ${end.status === "fulfilled" ? end.value : end.reason.message}`);
}
process.exit(ends.every(({ status }) => status === "fulfilled") ? 0 : 1);

async function setCount(name) {
    const outputs = await stacks.open(name).outputs();
    if (!outputs?.ecs_service_name) {
        return "has no agent service";
    }
    await new ECSClient({ region: outputs.region }).send(
        new UpdateServiceCommand({
            cluster: outputs.ecs_cluster_name,
            service: outputs.ecs_service_name,
            desiredCount,
        }),
    );
    return `${outputs.ecs_service_name} is to run ${desiredCount} tasks`;
}
