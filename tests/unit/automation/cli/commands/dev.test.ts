import { expect } from "chai";
import { serviceAddress } from "../../../../../automation/cli/commands/dev.ts";
import type { StackOutputs } from "../../../../../automation/cli/openStack.ts";

const outputs = {
    website_url: "https://stories.example.com",
    cognito_user_pool_client_id: "client",
    ecs_service_name: "service",
};
const addressOf = (changed: object) =>
    serviceAddress({ name: "dev", outputs: { ...outputs, ...changed } as unknown as StackOutputs });

describe("The service of a site that story42 dev serves", () => {
    it("is at the address of the stack's own site", () => {
        expect(addressOf({})).to.equal("https://stories.example.com");
    });

    it("is refused in words where a stack has no site, no user pool or no service", () => {
        const missing = { website_url: "not_deployed", cognito_user_pool_client_id: "not_deployed" };
        for (const [output, code] of Object.entries({ ...missing, ecs_service_name: "no_agent_service" })) {
            expect(() => addressOf({ [output]: undefined }), output)
                .to.throw(/^dev has no /)
                .with.property("code", code);
        }
    });
});
