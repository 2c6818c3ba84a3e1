"""first_cpp_block.py README OUTPUT: writes the first ```cpp block of a Markdown file, with its line numbers."""
import sys

readme, output = sys.argv[1:]
lines = open(readme, encoding="utf-8").read().split("\n")
if "```cpp" not in lines:
    sys.exit(f"{readme}: no ```cpp block")
first = lines.index("```cpp") + 1
last = lines.index("```", first)
with open(output, "w", encoding="utf-8") as file:
    file.write(f'#line {first + 1} "{readme}"\n' + "\n".join(lines[first:last]) + "\n")
