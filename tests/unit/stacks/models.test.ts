import { expect } from "chai";
import { formerModelIds, regionProblem, textModelRules } from "../../../contract/models.ts";
import { checkSettings } from "../../../stacks/checkSettings.ts";
import { modelArns } from "../../../stacks/models.ts";
import { runStack } from "../../kit/program.ts";
import { requiredSettings, settingsProblems } from "../../kit/settings.ts";

describe("the models of a stack", () => {
    for (const [region, model] of [
        ["us-west-2", "us.amazon.nova-pro-v1:0"],
        ["eu-north-1", "eu.amazon.nova-pro-v1:0"],
        ["ap-southeast-2", "apac.amazon.nova-pro-v1:0"],
    ] as const) {
        it(`are Nova Pro in ${region} by a profile that can be called there`, () => {
            const { bedrockModelId, bedrockAllowedModelIds } = checkSettings({ ...requiredSettings, region });
            expect(bedrockModelId).to.equal(model);
            expect(bedrockAllowedModelIds).to.include("openai.gpt-oss-120b-1:0");
            expect(bedrockAllowedModelIds.filter((id) => regionProblem(id, region))).to.deep.equal([]);
        });
    }

    it("allow what callers of the earlier deployment send, without what is retired", () => {
        const { bedrockAllowedModelIds } = checkSettings(requiredSettings);
        expect(bedrockAllowedModelIds).to.have.members(formerModelIds.filter((id) => !id.includes("claude-3-5")));
    });

    it("must be named where no default is known", () => {
        expect(settingsProblems({ region: "sa-east-1" }).join()).to.match(/^bedrockModelId is missing.*sa-east-1/);
        expect(
            settingsProblems({ region: "sa-east-1", bedrockModelId: "global.amazon.nova-2-lite-v1:0" }),
        ).to.deep.equal([]);
    });

    it("are no problem of their own where the region is none", () => {
        expect(settingsProblems({ region: undefined })).to.have.length(1);
    });

    for (const [id, region, fits] of [
        ["us.amazon.nova-pro-v1:0", "eu-central-1", false],
        ["us.amazon.nova-pro-v1:0", "us-gov-west-1", false],
        ["us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0", "us-gov-west-1", true],
        ["us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0", "us-east-1", false],
        ["global.amazon.nova-2-lite-v1:0", "us-gov-east-1", false],
        ["global.amazon.nova-2-lite-v1:0", "sa-east-1", true],
        ["jp.amazon.nova-2-lite-v1:0", "ap-northeast-1", true],
        ["jp.amazon.nova-2-lite-v1:0", "ap-southeast-2", false],
        ["au.anthropic.claude-haiku-4-5-20251001-v1:0", "ap-southeast-2", true],
        ["ca.amazon.nova-lite-v1:0", "ca-central-1", true],
        ["ca.amazon.nova-lite-v1:0", "us-east-1", false],
        ["apac.amazon.nova-pro-v1:0", "eu-west-1", false],
        ["someone.new-model-v1:0", "eu-west-1", true],
    ] as const) {
        it(`${fits ? "may" : "may not"} be ${id} in ${region}`, () => {
            for (const change of [
                { bedrockModelId: id },
                { bedrockModelId: "amazon.nova-pro-v1:0", bedrockAllowedModelIds: [id] },
            ]) {
                const problems = settingsProblems({ region, ...change });
                expect(problems.length, problems.join()).to.equal(fits ? 0 : 1);
                expect(problems.join()).to.match(fits ? /^$/ : new RegExp(`${id}.*${region}; there the prefix is`));
            }
        });
    }

    it("are not retired", () => {
        expect(settingsProblems({ bedrockModelId: "us.amazon.nova-premier-v1:0" }).join()).to.contain("2026-09-14");
        expect(settingsProblems({ googleImageModelId: "gemini-2.5-flash-image" }).join()).to.contain("2026-10-02");
    });

    it("give no longer answers than their limit", () => {
        expect(settingsProblems({ bedrockMaxTokens: 10_000 })).to.deep.equal([]);
        expect(settingsProblems({ bedrockMaxTokens: 10_001 }).join()).to.contain("at most 10000 tokens");
        expect(settingsProblems({ bedrockModelId: "someone.new-model-v1:0", bedrockMaxTokens: 65_536 })).to.deep.equal(
            [],
        );
    });

    it("are taken for granted in nothing that the table does not say", () => {
        expect(textModelRules("someone.new-model-v1:0")).to.deep.equal({
            toolSchema: "basic",
            toolChoice: "auto",
            streamsTools: false,
            toolResultStatus: false,
        });
        expect(textModelRules("eu.amazon.nova-lite-v1:0").toolSchema).to.equal("plainTop");
    });

    it("are allowed where a call may run, and nowhere else", () => {
        expect(modelArns("amazon.nova-pro-v1:0", "us-east-1", "1")).to.deep.equal([
            "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0",
        ]);
        expect(modelArns("jp.amazon.nova-2-lite-v1:0", "ap-northeast-1", "1")).to.deep.equal([
            "arn:aws:bedrock:ap-northeast-1:1:inference-profile/jp.amazon.nova-2-lite-v1:0",
            "arn:aws:bedrock:ap-northeast-1::foundation-model/amazon.nova-2-lite-v1:0",
            "arn:aws:bedrock:ap-northeast-3::foundation-model/amazon.nova-2-lite-v1:0",
        ]);
        expect(modelArns("global.amazon.nova-2-lite-v1:0", "sa-east-1", "1")).to.deep.equal([
            "arn:aws:bedrock:sa-east-1:1:inference-profile/global.amazon.nova-2-lite-v1:0",
            "arn:aws:bedrock:sa-east-1::foundation-model/amazon.nova-2-lite-v1:0",
            "arn:aws:bedrock:::foundation-model/amazon.nova-2-lite-v1:0",
        ]);
        expect(modelArns("us-gov.amazon.nova-pro-v1:0", "us-gov-west-1", "1")).to.include(
            "arn:aws-us-gov:bedrock:us-gov-east-1::foundation-model/amazon.nova-pro-v1:0",
        );
    });

    it("reach function and service, each by its variable and its permission", async () => {
        const made = await runStack({ environment: "dev", bedrockAllowedModelIds: ["us.amazon.nova-lite-v1:0"] });
        const policies = made.all.filter(({ name }) => name.endsWith("-models"));
        expect(policies).to.have.length(2);
        for (const { inputs } of policies) {
            expect(JSON.stringify(inputs))
                .to.contain("us.amazon.nova-pro-v1:0")
                .and.contain("us.amazon.nova-lite-v1:0");
            expect(JSON.stringify(inputs)).not.to.contain("gpt-oss");
        }
        const told = made.all.filter(({ inputs }) => JSON.stringify(inputs).includes("BEDROCK_ALLOWED_MODEL_IDS"));
        expect(told.map(({ name }) => name)).to.have.members(["lambdas-text-function", "agent-task-definition"]);
    });
});
