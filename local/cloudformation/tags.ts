interface Tag {
  Key: string;
  Value: string;
}

/** A template's list of tags as the map that some services take. */
export const tagMap = (tags: Tag[] = []): Record<string, string> => Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
