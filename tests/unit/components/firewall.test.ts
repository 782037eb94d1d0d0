import { expect } from "chai";
import { StoryFirewall, type StoryFirewallArgs } from "../../../components/index.ts";
import { run } from "../../kit/monitor.ts";

async function webAcl(args: StoryFirewallArgs) {
    return (await run(() => new StoryFirewall("firewall", args))).resources.one("aws:wafv2/webAcl:WebAcl").inputs;
}

describe("StoryFirewall", () => {
    it("is where AWS wants it for an API and for a distribution, with names of their own", async () => {
        const named = { project: "shop", environment: "dev" };
        expect(await webAcl({ ...named, scope: "REGIONAL" }))
            .to.include({ name: "shop-api-dev" })
            .and.not.have.property("region");
        const ofSite = { name: "shop-site-dev", region: "us-east-1" };
        expect(await webAcl({ ...named, scope: "CLOUDFRONT" })).to.include(ofSite);
    });

    it("blocks an address that asks too often", async () => {
        const limit = async (rateLimit?: number) => {
            const { rules } = await webAcl({ scope: "REGIONAL", rateLimit });
            return rules.find((rule: { name: string }) => rule.name === "RatePerAddress").statement.rateBasedStatement
                .limit;
        };
        expect([await limit(), await limit(100)]).to.deep.equal([2000, 100]);
    });
});
