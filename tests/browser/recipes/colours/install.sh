#!/bin/bash
# Colours of all three kinds, and text that a careless page would run or be fooled by.
printf '\033[31mred\033[0m plain \033[1mbold\033[0m\n'
printf '\033[38;5;196mcube\033[0m \033[48;2;16;32;48mdirect\033[0m \033[7minverse\033[0m\n'
echo '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script><b>bold?</b> &amp;'
printf 'photo_\342\200\256gnp.exe\n'
