import { expect } from "chai";
import { Shell } from "../../kit/local/shell.ts";
import { inSteps } from "../../kit/steps.ts";

/** A production stack, in another region and with a domain of its own, from its making to its end; each step needs the last. */
describe("Plain pulumi in production", function () {
    this.timeout(900_000);
    inSteps(this);
    let shell: Shell;
    let atFirst: string[];

    before(async () => {
        shell = await Shell.open({ region: "eu-central-1", buildImages: false, withPackages: true });
        atFirst = await shell.inventory();
    });
    after(async () => {
        await shell?.close();
    });

    it("deploys a new stack, and has nothing to change in a second preview", async () => {
        await shell.begin("prod");
        await shell.runAll(
            "pulumi config set aws:region eu-central-1",
            "pulumi config set domainName example.com",
            "pulumi config set enableCustomDomain true",
            "pulumi up",
            "pulumi preview --expect-no-changes",
        );
        const { text } = await shell.run("pulumi stack output website_url");
        expect(text).to.equal("https://story-42.example.com");
    });

    it("shows no drift after a refresh", async () => {
        await shell.runAll("pulumi preview --refresh --expect-no-changes");
    });

    it("refuses to be destroyed, with nothing deleted", async () => {
        const deployed = await shell.inventory();
        const { code, text } = await shell.run("pulumi destroy");
        expect(code).not.to.equal(0);
        expect(text).to.contain("protect");
        expect(await shell.inventory()).to.deep.equal(deployed);
    });

    it("is destroyed as the guide says, and leaves what the guide names", async () => {
        await shell.runAll(
            "pulumi config set protectData false",
            "pulumi up",
            "pulumi destroy",
            "pulumi stack rm prod",
        );
        const [role, ...others] = (await shell.inventory()).filter((it) => !atFirst.includes(it));
        expect(role).to.match(/^role story-42-api-logs-prod-/);
        expect(others).to.deep.equal([]);
    });
});
