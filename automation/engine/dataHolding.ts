/** Types whose resources hold what nobody can make again: stories, pictures, users, keys, images. */
const types: ReadonlySet<string> = new Set([
    "aws:dynamodb/table:Table",
    "aws:s3/bucket:Bucket",
    "aws:cognito/userPool:UserPool",
    "aws:secretsmanager/secret:Secret",
    "aws:ecr/repository:Repository",
    // Without its key, what it encrypted is lost as well.
    "aws:kms/key:Key",
]);

/** Whether resources of a type hold data, which is lost when they are deleted or replaced. */
export function holdsData(type: string): boolean {
    return types.has(type);
}

/** Types on which everything else stands, and the addresses that people and programs know. */
export const foundations: readonly string[] = [
    "aws:ec2/vpc:Vpc",
    "aws:lb/loadBalancer:LoadBalancer",
    "aws:cloudfront/distribution:Distribution",
];

/** Whether a resource of a type takes the service down while it is replaced, or can't be while something stands on it. */
export function isFoundation(type: string): boolean {
    return foundations.includes(type);
}

/** Types whose resources are made anew for each change, and hold nothing: what uses them names the latest. */
const renewed: ReadonlySet<string> = new Set([
    "aws:ecs/taskDefinition:TaskDefinition",
    "aws:apigateway/deployment:Deployment",
    // The files of the site, whose names are made of their contents.
    "aws:s3/bucketObjectv2:BucketObjectv2",
]);

/** Whether a resource of a type is replaced, or gives way to another, whenever what it says changes. */
export function isRenewed(type: string): boolean {
    return renewed.has(type);
}
