import { StoryAuth } from "../../../components/index.ts";

const auth = new StoryAuth("auth", {
    project: "shop",
    environment: "dev",
    adminEmail: "admin@example.com",
    mfa: "required",
    domainPrefix: "shop-sign-in",
});

export const client = auth.userPoolClient.id;
