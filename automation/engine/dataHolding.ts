/** Types whose resources hold data that can't be created again: stories, pictures, users, keys, images. */
const types: ReadonlySet<string> = new Set([
    "aws:dynamodb/table:Table",
    "aws:s3/bucket:Bucket",
    "aws:cognito/userPool:UserPool",
    "aws:secretsmanager/secret:Secret",
    "aws:ecr/repository:Repository",
    // Without its key, encrypted data is lost as well.
    "aws:kms/key:Key",
]);

/** Whether resources of a type hold data, which is lost when they are deleted or replaced. */
export function holdsData(type: string): boolean {
    return types.has(type);
}

/** Types on which everything else depends, or whose addresses people and programs know. */
export const foundations: readonly string[] = [
    "aws:ec2/vpc:Vpc",
    "aws:lb/loadBalancer:LoadBalancer",
    "aws:cloudfront/distribution:Distribution",
];

/** Whether replacing a resource of a type interrupts the service, or is impossible while others depend on it. */
export function isFoundation(type: string): boolean {
    return foundations.includes(type);
}

/** Types whose resources are replaced at each change, and hold no data: their users refer to the latest. */
const renewed: ReadonlySet<string> = new Set([
    "aws:ecs/taskDefinition:TaskDefinition",
    "aws:apigateway/deployment:Deployment",
    // The files of the site, whose names have a hash of their contents.
    "aws:s3/bucketObjectv2:BucketObjectv2",
]);

/** Whether a resource of a type is replaced at each change of its content. */
export function isRenewed(type: string): boolean {
    return renewed.has(type);
}
