import { expect } from "chai";
import { Shell } from "./shell.ts";

/** Settings that replace something, on a stack that is there; each step needs the last. */
describe("Plain pulumi with a setting that replaces something", function () {
    this.timeout(900_000);
    this.bail(true);
    let shell: Shell;
    let atFirst: string[];

    before(async () => {
        shell = await Shell.open({ region: "us-east-1", buildImages: false, withPackages: true });
        atFirst = await shell.inventory();
        await shell.begin("dev");
        await shell.runAll("pulumi up");
    });
    after(async () => {
        await shell?.close();
    });

    const cases: Record<string, string[]> = {
        "the processor": ["pulumi config set architecture arm64", "pulumi up"],
        "a domain": [
            "pulumi config set domainName example.com",
            "pulumi config set enableCustomDomain true",
            "pulumi up",
        ],
        "the site's name": ["pulumi config set siteName stories", "pulumi up"],
        "another domain": ["pulumi config set domainName example.org", "pulumi up"],
        "no domain": ["pulumi config rm enableCustomDomain", "pulumi up"],
        "the user pool's domain": ["pulumi config set userPoolDomain stories-of-many", "pulumi up"],
        "the buckets' names": ["pulumi config set bucketSuffix 000000000000", "pulumi up"],
        "the VPC's addresses": [
            "pulumi config set agentEnabled false",
            "pulumi up",
            "pulumi config set vpcCidrBlock 10.150.0.0/16",
            "pulumi config rm agentEnabled",
            "pulumi up",
        ],
        "the zones": [
            "pulumi config set agentEnabled false",
            "pulumi up",
            `pulumi config set availabilityZones '["us-east-1b", "us-east-1d"]'`,
            "pulumi config rm agentEnabled",
            "pulumi up",
        ],
        "a key of its own": ["pulumi config set customerKey true", "pulumi up"],
        "the environment's name": ["pulumi config set environment trial", "pulumi up"],
        "the project's name": ["pulumi config set projectName tales", "pulumi up"],
    };
    for (const [what, lines] of Object.entries(cases)) {
        it(`takes ${what}`, async () => {
            await shell.runAll(...lines, "pulumi preview --expect-no-changes");
        });
    }

    it("leaves nothing behind", async () => {
        await shell.runAll("pulumi destroy", "pulumi stack rm dev");
        expect(await shell.inventory()).to.deep.equal(atFirst);
    });
});
