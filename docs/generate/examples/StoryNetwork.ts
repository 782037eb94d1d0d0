import { StoryNetwork } from "../../../components/index.ts";

const network = new StoryNetwork("network", {
    project: "shop",
    environment: "dev",
    availabilityZones: ["eu-central-1a", "eu-central-1b"],
    cidrBlock: "10.60.0.0/16",
});

export const subnets = network.publicSubnetIds;
