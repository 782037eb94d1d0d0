import { RunError, runtime } from "@pulumi/pulumi";
import { expect } from "chai";
import { checkSettings, SettingsError } from "../../../stacks/checkSettings.ts";
import { settingsOf } from "../../../stacks/readSettings.ts";
import { settingsList } from "../../../stacks/settings.ts";
import { requiredSettings, settingsProblems } from "../../kit/settings.ts";

describe("settings of a stack", () => {
    it("take defaults for all that is not required", () => {
        const settings = checkSettings(requiredSettings);
        expect(settings).to.include({ ecsDesiredCount: 1, ecsCpu: 512, ecsMemory: 1024, bedrockMaxTokens: 4096 });
        expect(settings).to.include({ production: false, logLevel: "INFO", vpcCidrBlock: "10.100.0.0/16" });
        expect(settings.availabilityZones).to.deep.equal(["us-east-1a", "us-east-1b"]);
    });

    it("take the other address block in us-west-2", () => {
        expect(checkSettings({ ...requiredSettings, region: "us-west-2" }).vpcCidrBlock).to.equal("10.200.0.0/16");
    });

    it("are read from the text of a stack file as from a program's values", () => {
        const fromText = checkSettings({
            ...requiredSettings,
            ecsCpu: "1024",
            ecsMemory: "2048",
            production: "true",
            corsOrigins: '["https://app.example.com"]',
        });
        const fromValues = checkSettings({
            ...requiredSettings,
            ecsCpu: 1024,
            ecsMemory: 2048,
            production: true,
            corsOrigins: ["https://app.example.com"],
        });
        expect(fromText).to.deep.equal(fromValues);
    });

    it("run two tasks in production unless the stack says otherwise", () => {
        expect(checkSettings({ ...requiredSettings, production: true }).ecsDesiredCount).to.equal(2);
        expect(checkSettings({ ...requiredSettings, production: true, ecsDesiredCount: 0 }).ecsDesiredCount).to.equal(
            0,
        );
    });

    it("bound what may be used, in production alike, unless the stack says otherwise", () => {
        for (const production of [false, true]) {
            expect(checkSettings({ ...requiredSettings, production, dailyUsdPerPerson: "0" })).to.include({
                dailyStoriesPerPerson: 30,
                dailyUsdPerPerson: 0,
                dailyUsd: 20,
                tokensPerRun: 2_000_000,
            });
        }
    });

    it("take prices over those of the table, by a model of the stack with or without its geography", () => {
        const tokens = { unit: "million tokens", input: 1, output: 2 };
        const prices = { "us.amazon.nova-pro-v1:0": tokens, speech: { unit: "second of speech", usd: 0.001 } };
        expect(checkSettings({ ...requiredSettings, prices: JSON.stringify(prices) }).prices).to.deep.equal(prices);
        const plain = { "amazon.nova-pro-v1:0": tokens, "gemini-nano-banana-2.1": { unit: "picture", usd: 0.04 } };
        expect(checkSettings({ ...requiredSettings, prices: plain }).prices).to.deep.equal(plain);
    });

    it("name every problem at once", () => {
        const problems = settingsProblems({ adminEmail: undefined, ecsCpu: 300, logLevel: "LOUD", colour: "red" });
        expect(problems).to.have.length(4);
        expect(problems.join("\n")).to.match(/adminEmail is missing.*pulumi config set adminEmail/);
        expect(problems.join("\n")).to.match(/logLevel is "LOUD"; it must be DEBUG, INFO, WARN or ERROR/);
    });

    it("name a secret in plain text beside all other problems", () => {
        const config = {
            "aws:region": { value: "us-east-1" },
            "story-42:googleApiKey": { value: "in the open" },
            "story-42:logLevel": { value: "LOUD" },
        };
        expect(() => settingsOf(config, "story-42", "dev"))
            .to.throw(SettingsError)
            .with.property("message")
            .that.contains("googleApiKey is stored in plain text")
            .and.contains("logLevel is")
            .and.contains("adminEmail is missing")
            .and.not.contains("in the open");
    });

    it("name a misspelt key within a setting", () => {
        expect(settingsProblems({ images: { txet: "repo" } })[0]).to.contain("there is no txet in it");
    });

    it("reach a person at `pulumi up` as the list alone", async () => {
        const { default: program } = await import("../../../index.ts");
        const config = {
            "story-42:googleApiKey": "in the open",
            "story-42:logLevel": "LOUD",
        };
        runtime.setAllConfig(config, []);
        const error = await program().catch((reason) => reason);
        runtime.setAllConfig({}, []);
        expect(RunError.isInstance(error)).to.equal(true);
        expect(error.message).to.match(/^The stack's settings have \d+ problems:\n( {2}- .*\n?)+$/);
    });

    it("say which setting a misspelt or an old name means", () => {
        expect(settingsProblems({ adminMail: "x" })[0]).to.contain("did you mean adminEmail?");
        expect(settingsProblems({ tech42_tts_api_url: "x" })[0]).to.contain("did you mean tech42TtsApiUrl?");
    });

    it("never show a secret's value", () => {
        const problems = settingsProblems({ adminTempPassword: "hunter2" });
        expect(problems).to.have.length(1);
        expect(problems[0])
            .to.contain("adminTempPassword")
            .and.to.contain("12 to 256 characters")
            .and.not.to.contain("hunter2");
    });

    for (const [title, change, expected] of [
        [
            "memory that Fargate lacks for the CPU",
            { ecsMemory: 512 },
            /ecsMemory is 512; for ecsCpu 512 Fargate has 1024/,
        ],
        [
            "a custom domain without its name",
            { enableCustomDomain: "true" },
            /enableCustomDomain is true, but domainName/,
        ],
        [
            "zones of another region",
            { availabilityZones: ["eu-west-1a", "us-east-1b"] },
            /eu-west-1a; the zones must lie in/,
        ],
        ["one zone twice", { availabilityZones: ["us-east-1a", "us-east-1a"] }, /us-east-1a twice/],
        [
            "a public site bucket",
            { allowPublicWebsiteAccess: true },
            /allowPublicWebsiteAccess is true; it must be false/,
        ],
        ["an image without a digest", { images: { text: "repo:latest" } }, /images is .*@sha256:DIGEST/],
        ["an origin with a path", { corsOrigins: ["https://a.example/x"] }, /corsOrigins is .*without a path/],
        ["a bound below none", { dailyUsd: -1 }, /dailyUsd is -1; it must be a whole number from 0/],
        [
            "a price in another unit",
            { prices: { "amazon.nova-pro-v1:0": { unit: "thousand tokens", input: 1, output: 1 } } },
            /prices is .*"unit": "million tokens"/,
        ],
        [
            "a price in a unit that its model is not paid by",
            { prices: { "us.amazon.nova-pro-v1:0": { unit: "search", usd: 1 } } },
            /prices has us.amazon.nova-pro-v1:0 by "search"; it is paid by "million tokens"/,
        ],
        ["a negative price", { prices: { brave: { unit: "search", usd: -0.005 } } }, /prices is .*USD from 0 to 1000/],
        [
            "a price that has another unit's size",
            { prices: { "amazon.nova-pro-v1:0": { unit: "million tokens", input: 800_000, output: 1 } } },
            /prices is .*USD from 0 to 1000/,
        ],
        [
            "a price of a model that the stack has not",
            { prices: { "us.amazon.nova-prooo-v1:0": { unit: "million tokens", input: 1, output: 1 } } },
            /prices has us.amazon.nova-prooo-v1:0, which is no model of this stack; there are us.amazon.nova-pro-v1:0/,
        ],
        ["a region that is none", { region: "useast1" }, /aws:region is "useast1"/],
        ["a number that is text", { ecsDesiredCount: "two" }, /ecsDesiredCount is "two"; .*from 0 to 10/],
        ["an upper-case project", { projectName: "Story" }, /projectName is "Story"; it must be lower-case/],
    ] as const) {
        it(`reject ${title}`, () => {
            expect(settingsProblems(change).join("\n")).to.match(expected);
        });
    }

    it("reject names that would break a limit of AWS", () => {
        const problems = settingsProblems({ projectName: "a-rather-long-project-name-for-this" }).join("\n");
        expect(problems).to.match(/load balancer's name.*43 characters.*1 to 32/);
    });

    it("reject a user-pool domain with a word that Cognito reserves", () => {
        expect(settingsProblems({ userPoolDomain: "my-aws-stories" }).join("\n")).to.match(
            /userPoolDomain is "my-aws-stories".*without the words aws/,
        );
        expect(settingsProblems({ projectName: "amazonia" }).join("\n")).to.match(/user pool's domain/);
    });

    it("have a counterpart for every setting of the earlier deployment", () => {
        const formerly = Object.values(settingsList).map((it) => ("formerly" in it ? it.formerly : undefined));
        // `region` is aws:region and `environment` kept its name.
        expect(formerly).to.include.members(
            `project_name availability_zones admin_email admin_temp_password google_api_key domain_name
            enable_custom_domain allow_public_website_access ecs_desired_count ecs_cpu ecs_memory tech42_tts_api_url
            tech42_tts_api_key tech42_tts_default_voice bedrock_model_id bedrock_max_tokens cors_origins log_level`.split(
                /\s+/,
            ),
        );
    });
});
