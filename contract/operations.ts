/** The six operations of the REST API. Paths, routes and names are what deployed clients send and read. */

export interface Operation {
    path: string;
    name: string;
    route: string;
    function: "text" | "image";
}

export const operations: readonly Operation[] = [
    {
        path: "/generate-story-outline",
        name: "generateStoryOutline",
        route: "generate_story_outline_description",
        function: "text",
    },
    { path: "/generate-story", name: "generateStory", route: "generate_entire_story", function: "text" },
    { path: "/regenerate-segment", name: "regenerateSegment", route: "regenerate_story_segment", function: "text" },
    { path: "/generate-topics-ideas", name: "generateTopicsIdeas", route: "generate_topics_ideas", function: "text" },
    {
        path: "/generate-story-image",
        name: "generateStoryImage",
        route: "generate_entire_story_image",
        function: "image",
    },
    {
        path: "/regenerate-segment-image",
        name: "regenerateSegmentImage",
        route: "regenerate_segment_image",
        function: "image",
    },
];
