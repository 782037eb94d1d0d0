import { StorySite } from "../../../components/index.ts";

const site = new StorySite("site", {
    project: "shop",
    environment: "dev",
    domain: { zoneName: "shop.example.com" },
    mediaOrigins: ["https://shop-pictures.s3.eu-central-1.amazonaws.com"],
});

export const address = site.url;
