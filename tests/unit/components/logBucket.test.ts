import { expect } from "chai";
import { StoryLogBucket, type StoryLogBucketArgs } from "../../../components/index.ts";
import { run } from "../../kit/monitor.ts";

async function logBucket(args: StoryLogBucketArgs) {
    return (await run(() => new StoryLogBucket("logs", args))).resources;
}

describe("StoryLogBucket", () => {
    it("takes logs of the account that it is in, or of the one that is named", async () => {
        const ownerOf = async (args: StoryLogBucketArgs) => {
            const { policy } = (await logBucket(args)).one("aws:s3/bucketPolicy:BucketPolicy").inputs;
            return JSON.parse(policy).Statement[0].Condition.StringEquals["aws:SourceAccount"];
        };
        expect(await ownerOf({})).to.equal("123456789012");
        expect(await ownerOf({ accountId: "210987654321" })).to.equal("210987654321");
    });

    it("stays with its rules and its policy when it leaves the stack, where that is asked for", async () => {
        const kept = async (retainOnDelete?: boolean) =>
            (await logBucket({ retainOnDelete })).all.filter((one) => one.retainOnDelete).length;
        const all = (await logBucket({})).all.length;
        expect(await kept(true)).to.equal(all - 1);
        expect(await kept()).to.equal(0);
    });
});
