import type * as aws from "@pulumi/aws";
import { expect } from "chai";
import { StoryGuardrail, type StoryGuardrailArgs } from "../../../components/index.ts";
import { run } from "../../kit/monitor.ts";

const profileArn = "arn:aws:bedrock:us-east-1:123456789012:guardrail-profile/us.guardrail.v1:0";

async function made(args: StoryGuardrailArgs) {
    const { resources } = await run(() => new StoryGuardrail("guardrail", args));
    return {
        guardrail: resources.one("aws:bedrock/guardrail:Guardrail").inputs,
        version: resources.one("aws:bedrock/guardrailVersion:GuardrailVersion").inputs,
    };
}

const strengths = (guardrail: Record<string, aws.types.input.bedrock.GuardrailContentPolicyConfig>) =>
    Object.fromEntries(
        (
            (guardrail.contentPolicyConfig?.filtersConfigs ?? []) as {
                type: string;
                inputStrength: string;
                outputStrength: string;
            }[]
        ).map((filter) => [filter.type, `${filter.inputStrength} ${filter.outputStrength}`]),
    );
const topics = (guardrail: { topicPolicyConfig: { topicsConfigs: { name: string }[] } }) =>
    guardrail.topicPolicyConfig.topicsConfigs.map(({ name }) => name);

describe("StoryGuardrail", () => {
    it("looks for what children should not meet with more care than the setting asks for", async () => {
        const { guardrail } = await made({ strength: "low" });
        expect(strengths(guardrail)).to.deep.equal({
            HATE: "HIGH HIGH",
            INSULTS: "HIGH HIGH",
            SEXUAL: "HIGH HIGH",
            VIOLENCE: "LOW LOW",
            MISCONDUCT: "LOW LOW",
            PROMPT_ATTACK: "HIGH NONE",
        });
        const adults = await made({ strength: "low", audience: "adults" });
        expect(strengths(adults.guardrail)).to.include({ HATE: "LOW LOW", PROMPT_ATTACK: "HIGH NONE" });
    });

    it("denies fewer topics to older readers, and those of the program to all", async () => {
        const deniedTopics = [{ name: "Betting", definition: "Bets for real money." }];
        const byAudience = async (audience: StoryGuardrailArgs["audience"]) =>
            topics((await made({ audience, deniedTopics })).guardrail as never);
        const children = await byAudience("children");
        expect(children).to.include.members(["Gambling", "Drugs", "Self-harm", "Betting"]);
        expect(await byAudience("teenagers")).to.deep.equal(children.filter((name) => name !== "Gambling"));
        expect(await byAudience("adults")).to.deep.equal(["Self-harm", "Real weapons", "Betting"]);
    });

    it("leaves a program as many topics as AWS allows beside the audience's", async () => {
        const topicsOf = (count: number) =>
            Array.from({ length: count }, (_, at) => ({ name: `Topic ${at}`, definition: "Something." }));
        for (const [audience, most] of [
            ["children", 25],
            ["teenagers", 26],
            ["adults", 28],
        ] as const) {
            const { guardrail } = await made({ audience, deniedTopics: topicsOf(most) });
            expect(topics(guardrail as never)).to.have.length(30);
            const refused = await made({ audience, deniedTopics: topicsOf(most + 1) }).catch((error) => error);
            expect(refused.message).to.contain(`deniedTopics has ${most + 1} topics; ${most} is the most`);
        }
    });

    it("keeps personal data out of wishes, and lets a story make up an address", async () => {
        const { guardrail } = await made({});
        const entities = guardrail.sensitiveInformationPolicyConfig.piiEntitiesConfigs;
        expect(entities).to.deep.include({ type: "CREDIT_DEBIT_CARD_NUMBER", action: "BLOCK" });
        expect(entities).to.deep.include({ type: "ADDRESS", action: "BLOCK", outputEnabled: false });
    });

    it("looks with the Standard tier where a profile lets it", async () => {
        const { guardrail } = await made({ profileArn });
        const standard = [{ tierName: "STANDARD" }];
        expect(guardrail.contentPolicyConfig.tierConfigs).to.deep.equal(standard);
        expect(guardrail.topicPolicyConfig.tierConfigs).to.deep.equal(standard);
        expect(guardrail.crossRegionConfig).to.deep.equal({ guardrailProfileIdentifier: profileArn });
    });

    it("has another version when what it looks for changes, and the same for other tags", async () => {
        const descriptionOf = async (args: StoryGuardrailArgs) => (await made(args)).version.description;
        const first = await descriptionOf({});
        expect(
            await descriptionOf({ tags: { Owner: "stories" }, kmsKeyArn: "arn:aws:kms:us-east-1:1:key/1" }),
        ).to.equal(first);
        const others = await Promise.all([
            descriptionOf({ strength: "high" }),
            descriptionOf({ transform: { guardrail: { blockedInputMessaging: "No." } } }),
        ]);
        expect(new Set([first, ...others]).size).to.equal(3);
    });

    it("lets a grantee apply it alone, with its key and in the regions of its profile", async () => {
        const { resources } = await run(() => {
            const kmsKeyArn = "arn:aws:kms:us-east-1:123456789012:key/1";
            const guardrail = new StoryGuardrail("guardrail", { kmsKeyArn, profileArn });
            const role = { name: "teller" } as never;
            guardrail.grantApply({ role, granteeName: "teller" });
            guardrail.grantApply({ role, granteeName: "teller" });
        });
        const policy = resources.one("aws:iam/rolePolicy:RolePolicy");
        const arn = "arn:aws:bedrock:us-east-1:123456789012:guardrail/abcdefghijkl";
        expect(JSON.parse(policy.inputs.policy).Statement).to.deep.equal([
            {
                Effect: "Allow",
                Action: ["bedrock:ApplyGuardrail"],
                Resource: [arn, "arn:aws:bedrock:*:123456789012:guardrail-profile/us.guardrail.v1:0"],
            },
            { Effect: "Allow", Action: ["kms:Decrypt"], Resource: "arn:aws:kms:us-east-1:123456789012:key/1" },
        ]);
    });
});
