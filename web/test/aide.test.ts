import { expect, test } from "vitest";

import { blocks } from "../src/aide";

test("commands stand between fences, and everything else is text", () => {
  const found = blocks(
    "# Titre\n\nTexte `code`.\n\n```sh\nseuil --help\n\nb\n```\n\n```python\nimport os\n```\n\nFin.\n",
  );
  expect(found).toEqual([
    { code: false, text: "# Titre\n\nTexte `code`." },
    { code: true, text: "seuil --help\n\nb" },
    { code: true, text: "import os" },
    { code: false, text: "Fin." },
  ]);
});
