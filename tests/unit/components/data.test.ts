import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { StoryData, type StoryDataArgs } from "../../../components/index.ts";
import { promiseOf } from "../../../testing/index.ts";
import { modes, run } from "../../kit/monitor.ts";

const naming = { project: "story-42", environment: "dev" };

const data = (change: object) =>
    new StoryData("data", {
        ...naming,
        googleApiKey: pulumi.secret("google"),
        ttsApiKey: pulumi.secret("tts"),
        corsOrigins: ["https://app.example.com"],
        ...change,
    } as StoryDataArgs);

for (const options of modes) {
    describe(`StoryData (${options.mode})`, () => {
        it("has the table with its two indexes, and the names of a deployment", async () => {
            const { resources } = await run(() => data({}), options);
            const table = resources.one("aws:dynamodb/table:Table").inputs;
            expect(table).to.include({
                name: "story-42-story-sessions-dev",
                hashKey: "user_id",
                rangeKey: "session_id",
            });
            expect(table.globalSecondaryIndexes.map((one: { name: string }) => one.name)).to.deep.equal([
                "TimestampIndex",
                "RouteTimestampIndex",
            ]);
            expect(resources.one("aws:s3/bucket:Bucket").inputs.bucket).to.equal("story-42-story-images-dev");
            const secrets = resources.ofType("aws:secretsmanager/secret:Secret").map((one) => one.inputs.name);
            expect(secrets).to.have.members(["story-42-google-api-key-dev", "story-42-tts-api-key-dev"]);
        });

        it("keeps the keys' values secret, also when they are given plainly", async () => {
            const { resources } = await run(() => data({ googleApiKey: "plain" }), options);
            for (const version of resources.ofType("aws:secretsmanager/secretVersion:SecretVersion")) {
                expect(version.secretInputs).to.include("secretString");
            }
        });

        it("tells tasks the version of a key, so that a new one is another task", async () => {
            const { result, resources } = await run(() => data({}), options);
            for (const [key, child] of [
                [result.ttsApiKey, "data-tts-api-key-value"],
                [result.googleApiKey, "data-google-api-key-value"],
            ] as const) {
                expect(
                    resources.ofType("aws:secretsmanager/secretVersion:SecretVersion").map(({ name }) => name),
                ).to.include(child);
                if (!options.preview) {
                    expect(key.versionId && (await promiseOf(key.versionId))).to.equal(`version-of-${child}`);
                }
            }
        });

        it("expires pictures and lets the listed pages read them", async () => {
            const { resources } = await run(() => data({ imageExpirationDays: 9 }), options);
            const [rule] = resources.one("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration").inputs
                .rules;
            expect(rule.expiration.days).to.equal(9);
            const [cors] = resources.one("aws:s3/bucketCorsConfiguration:BucketCorsConfiguration").inputs.corsRules;
            expect(cors.allowedOrigins).to.deep.equal(["https://app.example.com"]);
        });

        it("makes no part that is not asked for", async () => {
            const none = { sessionsTable: false, imagesBucket: false };
            const made = async (change: object) => {
                const { resources } = await run(
                    () => new StoryData("data", { ...naming, ...none, ...change }),
                    options,
                );
                return [...new Set(resources.all.map(({ type }) => type.split(":").at(-1)))];
            };
            expect(await made({})).to.deep.equal(["StoryData"]);
            expect(await made({ sessionsTable: true })).to.have.members(["StoryData", "Table"]);
            const bucket = await made({ imagesBucket: true });
            expect(bucket).to.include("Bucket").and.not.include.members(["Table", "BucketCorsConfiguration", "Secret"]);
            expect(await made({ ttsApiKey: "key" })).to.have.members(["StoryData", "Secret", "SecretVersion"]);
        });

        it("says which argument a part that is used was left out by", async () => {
            const { result: none } = await run(
                () => new StoryData("data", { ...naming, sessionsTable: false, imagesBucket: false }),
                options,
            );
            expect(() => none.table).to.throw("the component has no table: `sessionsTable` is false");
            expect(() => none.imagesBucket).to.throw("`imagesBucket` is false");
            expect(() => none.ttsApiKey).to.throw("`ttsApiKey` is not given");
            expect(() => none.googleApiKeySecret).to.throw("`googleApiKey` is not given");
        });

        it("protects what production must not lose", async () => {
            const { resources } = await run(() => data({ protect: true, deletionProtection: true }), options);
            expect(resources.one("aws:dynamodb/table:Table")).to.include({ protect: true });
            expect(resources.one("aws:s3/bucket:Bucket")).to.include({ protect: true });
        });
    });
}

describe("arguments that StoryData rejects", () => {
    for (const [change, expected] of [
        [{ googleApiKey: "" }, /googleApiKey is ""; it must be a key; leave it out/],
        [{ imageExpirationDays: 0 }, /imageExpirationDays is 0; .*1 to 3650 days/],
        [{ secretRecoveryDays: 3 }, /secretRecoveryDays is 3; it must be 0, or/],
        [{ corsOrigins: [] }, /corsOrigins is empty/],
        [{ forceDestroy: true, protect: true }, /forceDestroy and protect are both true/],
        [{ names: { imagesBucket: "Upper_Case" } }, /names.imagesBucket is "Upper_Case"; AWS allows/],
    ] as const) {
        it(Object.keys(change).join(" and "), async () => {
            const error = await run(() => data(change)).catch(String);
            expect(error).to.match(expected);
        });
    }
});
