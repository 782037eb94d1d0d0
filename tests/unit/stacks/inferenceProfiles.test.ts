import { expect } from "chai";
import { runStack } from "../../kit/program.ts";

const PROFILE = "aws:bedrock/inferenceProfile:InferenceProfile";
const CLAUDE = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0";

describe("the inference profiles of a stack", () => {
    it("are one for each model of Nova and Claude, with the tags that AWS's bill is split by", async () => {
        const made = await runStack({
            environment: "dev",
            region: "eu-west-1",
            bedrockModelId: "amazon.nova-lite-v1:0",
            bedrockAllowedModelIds: [CLAUDE, "openai.gpt-oss-120b-1:0"],
        });
        const profiles = made.ofType(PROFILE).map(({ inputs }) => inputs);
        expect(profiles.map(({ modelSource }) => modelSource.copyFrom)).to.have.members([
            "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0",
            `arn:aws:bedrock:eu-west-1:123456789012:inference-profile/${CLAUDE}`,
        ]);
        for (const { tags, name, description } of profiles) {
            expect(tags).to.include({ Name: name, Project: "story-42", Environment: "dev" });
            // Bedrock API reference, CreateInferenceProfile.
            expect(name).to.match(/^([0-9a-zA-Z][ _-]?)+$/);
            expect(description).to.match(/^([0-9a-zA-Z:.][ _-]?)+$/);
        }
    });

    it("have names that AWS takes, however long those of project and environment are", async () => {
        const made = await runStack({
            projectName: "a-project-of-long-name",
            environment: "dev",
            bedrockModelId: "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            bedrockAllowedModelIds: [],
        });
        const { name } = made.one(PROFILE).inputs;
        expect(name).to.match(/^([0-9a-zA-Z][ _-]?)+$/);
        expect(name.length).to.be.within(40, 64);
    });

    it("are what function and service call, and may call with all that it is made of", async () => {
        const made = await runStack({ environment: "dev", bedrockAllowedModelIds: ["openai.gpt-oss-120b-1:0"] });
        const arn =
            "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/inference-profile-us-amazon-nova-pro-v1-0";
        const told = [
            made.one("aws:lambda/function:Function", "lambdas-text-function").inputs.environment.variables,
            Object.fromEntries(
                JSON.parse(
                    made.one("aws:ecs/taskDefinition:TaskDefinition").inputs.containerDefinitions,
                )[0].environment.map(({ name, value }: { name: string; value: string }) => [name, value]),
            ),
        ];
        for (const variables of told) {
            expect(JSON.parse(variables.BEDROCK_INFERENCE_PROFILES)).to.deep.equal({ "us.amazon.nova-pro-v1:0": arn });
        }
        const policies = made.ofType("aws:iam/rolePolicy:RolePolicy").filter(({ name }) => name.endsWith("-models"));
        expect(policies).to.have.length(2);
        for (const { inputs } of policies) {
            expect(JSON.parse(inputs.policy).Statement[0].Resource).to.deep.equal([
                arn,
                "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-pro-v1:0",
                ...["us-east-1", "us-east-2", "us-west-1", "us-west-2"].map(
                    (region) => `arn:aws:bedrock:${region}::foundation-model/amazon.nova-pro-v1:0`,
                ),
                "arn:aws:bedrock:us-east-1::foundation-model/openai.gpt-oss-120b-1:0",
            ]);
        }
    });
});
