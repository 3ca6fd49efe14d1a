"""Colours, places, relations and edits in the languages of `languages.txt`; {a} and {b} are nouns, {t} a target."""

from __future__ import annotations

# By the English name; French, Spanish and Italian: masculine/feminine. A German stem takes an ending.
COLORS: dict[str, dict[str, str]] = {
    "de": {"red": "rot", "blue": "blau", "green": "grün", "yellow": "gelb", "black": "schwarz", "white": "weiß", "brown": "braun", "gray": "grau", "pink": "rosa", "purple": "lila"},
    "fr": {"red": "rouge", "blue": "bleu/bleue", "green": "vert/verte", "yellow": "jaune", "black": "noir/noire", "white": "blanc/blanche", "brown": "brun/brune", "gray": "gris/grise", "pink": "rose", "orange": "orange"},
    "es": {"red": "rojo/roja", "blue": "azul", "green": "verde", "yellow": "amarillo/amarilla", "black": "negro/negra", "white": "blanco/blanca", "brown": "marrón", "gray": "gris", "pink": "rosa", "purple": "morado/morada"},
    "zh": {"red": "红", "blue": "蓝", "green": "绿", "yellow": "黄", "black": "黑", "white": "白", "brown": "棕", "gray": "灰", "pink": "粉红", "purple": "紫"},
    "ja": {"red": "赤い", "blue": "青い", "green": "緑の", "yellow": "黄色い", "black": "黒い", "white": "白い", "brown": "茶色の", "gray": "灰色の", "pink": "ピンクの", "purple": "紫の"},
    "it": {"red": "rosso/rossa", "blue": "blu", "green": "verde", "yellow": "giallo/gialla", "black": "nero/nera", "white": "bianco/bianca", "brown": "marrone", "gray": "grigio/grigia", "pink": "rosa", "purple": "viola"},
    "pt": {"red": "vermelho/vermelha", "blue": "azul", "green": "verde", "yellow": "amarelo/amarela", "black": "preto/preta", "white": "branco/branca", "brown": "marrom", "gray": "cinza", "pink": "rosa", "purple": "roxo/roxa"},
}  # fmt: skip
NUMBERS: dict[str, dict[int, str]] = {
    "de": {2: "zwei/2", 3: "drei/3", 4: "vier/4", 5: "fünf"},
    "fr": {2: "deux", 3: "trois", 4: "quatre", 5: "cinq"},
    "es": {2: "dos", 3: "tres", 4: "cuatro", 5: "cinco"},
    "zh": {2: "两个/两只/2个", 3: "三个/三只/3个", 4: "四个/四只/4个", 5: "五个/五只"},
    "ja": {
        2: "二つの/2つの/二匹の/二人の",
        3: "三つの/3つの/三匹の/三本の",
        4: "四つの/4つの/四匹の",
        5: "五つの/五匹の",
    },
    "it": {2: "due", 3: "tre", 4: "quattro", 5: "cinque"},
    "pt": {2: "dois/duas", 3: "três", 4: "quatro", 5: "cinco"},
}
OPENERS: dict[str, tuple[str, ...]] = {
    "de": ("", "", "", "", "zeichne ", "male ", "bitte zeichne ", "ein Bild: ", "ich möchte: "),
    "fr": ("", "", "", "", "dessine ", "peins ", "une image : ", "je voudrais "),
    "es": ("", "", "", "", "dibuja ", "pinta ", "una imagen: ", "quiero "),
    "zh": ("", "", "", "", "画", "请画", "一张图：", "我想要"),
    "ja": ("", "", "", "", "絵：", "描いて："),
    "it": ("", "", "", "", "disegna ", "dipingi ", "un'immagine: ", "vorrei "),
    "pt": ("", "", "", "", "desenhe ", "pinte ", "uma imagem: ", "quero "),
}
PLACES: dict[str, dict[str, str]] = {
    "de": {"left": "links|auf der linken Seite|am linken Rand|nach links", "right": "rechts|auf der rechten Seite|am rechten Rand|nach rechts", "top": "oben|ganz oben|am oberen Rand", "bottom": "unten|ganz unten|am unteren Rand", "center": "in der Mitte|mitten im Bild|im Zentrum", "top left": "oben links|in der linken oberen Ecke", "top right": "oben rechts|in der rechten oberen Ecke", "bottom left": "unten links|in der linken unteren Ecke", "bottom right": "unten rechts|in der rechten unteren Ecke"},
    "fr": {"left": "à gauche|sur la gauche|du côté gauche", "right": "à droite|sur la droite|du côté droit", "top": "en haut|tout en haut", "bottom": "en bas|tout en bas", "center": "au centre|au milieu", "top left": "en haut à gauche|dans le coin supérieur gauche", "top right": "en haut à droite|dans le coin supérieur droit", "bottom left": "en bas à gauche|dans le coin inférieur gauche", "bottom right": "en bas à droite|dans le coin inférieur droit"},
    "es": {"left": "a la izquierda|en el lado izquierdo", "right": "a la derecha|en el lado derecho", "top": "arriba|en la parte superior", "bottom": "abajo|en la parte inferior", "center": "en el centro|en el medio", "top left": "arriba a la izquierda|en la esquina superior izquierda", "top right": "arriba a la derecha|en la esquina superior derecha", "bottom left": "abajo a la izquierda|en la esquina inferior izquierda", "bottom right": "abajo a la derecha|en la esquina inferior derecha"},
    "zh": {"left": "左边|左侧|左面|在左边", "right": "右边|右侧|右面|在右边", "top": "上面|上方|顶部", "bottom": "下面|下方|底部", "center": "中间|中央|正中间", "top left": "左上角|左上方", "top right": "右上角|右上方", "bottom left": "左下角|左下方", "bottom right": "右下角|右下方"},
    "ja": {"left": "左に|左側に|左", "right": "右に|右側に|右", "top": "上に|一番上に", "bottom": "下に|一番下に", "center": "真ん中に|中央に", "top left": "左上に|左上の隅に", "top right": "右上に|右上の隅に", "bottom left": "左下に|左下の隅に", "bottom right": "右下に|右下の隅に"},
    "it": {"left": "a sinistra|sul lato sinistro", "right": "a destra|sul lato destro", "top": "in alto|in cima", "bottom": "in basso|in fondo", "center": "al centro|nel mezzo", "top left": "in alto a sinistra|nell'angolo in alto a sinistra", "top right": "in alto a destra|nell'angolo in alto a destra", "bottom left": "in basso a sinistra|nell'angolo in basso a sinistra", "bottom right": "in basso a destra|nell'angolo in basso a destra"},
    "pt": {"left": "à esquerda|do lado esquerdo", "right": "à direita|do lado direito", "top": "em cima|no topo|na parte de cima", "bottom": "embaixo|na parte de baixo", "center": "no centro|no meio", "top left": "no canto superior esquerdo|em cima à esquerda", "top right": "no canto superior direito|em cima à direita", "bottom left": "no canto inferior esquerdo|embaixo à esquerda", "bottom right": "no canto inferior direito|embaixo à direita"},
}  # fmt: skip
RELATIONS: dict[str, dict[str, str]] = {
    "de": {"left of": "{a} links von {b}|{a} links neben {b}|links von {b} {a}", "right of": "{a} rechts von {b}|{a} rechts neben {b}|rechts neben {b} ist {a}", "above": "{a} über {b}|über {b} {a}|{a} schwebt über {b}|{a} oberhalb von {b}", "below": "{a} unter {b}|unter {b} {a}|{a} liegt unter {b}", "on": "{a} auf {b}|auf {b} {a}|{a} sitzt auf {b}|{a} steht auf {b}", "in front of": "{a} vor {b}|vor {b} {a}|{a} steht vor {b}", "behind": "{a} hinter {b}|hinter {b} {a}|{a} versteckt sich hinter {b}", "beside": "{a} neben {b}|neben {b} {a}|{a} bei {b}|{a} und daneben {b_nom}", "in": "{a} in {b}|in {b} {a}"},
    "fr": {"left of": "{a} à gauche de {b}|à gauche de {b}, {a}", "right of": "{a} à droite de {b}|à droite de {b}, {a}", "above": "{a} au-dessus de {b}|au-dessus de {b}, {a}", "below": "{a} sous {b}|{a} en dessous de {b}|sous {b}, {a}", "on": "{a} sur {b}|sur {b}, {a}|{a} posé sur {b}", "in front of": "{a} devant {b}|devant {b}, {a}", "behind": "{a} derrière {b}|derrière {b}, {a}|{a} caché derrière {b}", "beside": "{a} à côté de {b}|{a} près de {b}", "in": "{a} dans {b}"},
    "es": {"left of": "{a} a la izquierda de {b}|{b} con {a} a su izquierda|a la izquierda de {b}, {a}", "right of": "{a} a la derecha de {b}|a la derecha de {b}, {a}", "above": "{a} encima de {b}|{a} sobre {b}, flotando|{a} por encima de {b}", "below": "{a} debajo de {b}|{a} bajo {b}|debajo de {b} hay {a}", "on": "{a} sobre {b}|{a} en lo alto de {b}|{a} sentado sobre {b}", "in front of": "{a} delante de {b}|{a} frente a {b}|delante de {b} hay {a}", "behind": "{a} detrás de {b}|detrás de {b} hay {a}", "beside": "{a} al lado de {b}|{a} junto a {b}", "in": "{a} dentro de {b}"},
    "zh": {"left of": "{a}在{b}的左边|{b}左边有{a}|{a}在{b}左侧", "right of": "{a}在{b}的右边|{b}右边有{a}|{a}在{b}右侧", "above": "{a}在{b}上方|{b}的上方有{a}|{b}上空有{a}", "below": "{a}在{b}下面|{b}下面有{a}|{a}在{b}底下", "on": "{a}在{b}上|{b}上有{a}|{a}放在{b}上面|{b}上的{a}|{a}坐在{b}上", "in front of": "{a}在{b}前面|{b}前面有{a}", "behind": "{a}在{b}后面|{b}后面有{a}|{a}躲在{b}后面", "beside": "{a}在{b}旁边|{b}旁边有{a}", "in": "{a}在{b}里|{b}里面有{a}"},
    "ja": {"left of": "{b}の左に{a}|{a}は{b}の左|{b}の左側に{a}がある|{b}の左にいる{a}", "right of": "{b}の右に{a}|{a}は{b}の右|{b}の右側に{a}がある|{b}の右にいる{a}", "above": "{b}の上空に{a}|{b}の上方に{a}", "below": "{b}の下に{a}|{a}は{b}の下|{b}の下の{a}|{b}の下にいる{a}", "on": "{b}の上に{a}|{b}の上の{a}|{b}に乗った{a}|{b}の上に{a}がいる|{b}に座っている{a}", "in front of": "{b}の前に{a}|{b}の手前に{a}", "behind": "{b}の後ろに{a}|{b}の後ろの{a}", "beside": "{b}の隣に{a}|{b}の横に{a}", "in": "{b}の中に{a}"},
    "it": {"left of": "{a} a sinistra di {b}|a sinistra di {b}, {a}", "right of": "{a} a destra di {b}|a destra di {b}, {a}", "above": "{a} sopra {b}, in aria|{a} al di sopra di {b}", "below": "{a} sotto {b}|sotto {b}, {a}", "on": "{a} su {b}|{a} sopra {b}|{a} appoggiato su {b}", "in front of": "{a} davanti a {b}|davanti a {b}, {a}", "behind": "{a} dietro {b}|dietro {b}, {a}", "beside": "{a} accanto a {b}|{a} vicino a {b}", "in": "{a} dentro {b}"},
    "pt": {"left of": "{a} à esquerda de {b}|à esquerda de {b} há {a}", "right of": "{a} à direita de {b}|à direita de {b} há {a}", "above": "{a} acima de {b}|{a} por cima de {b}|acima de {b} há {a}", "below": "{a} embaixo de {b}|{a} debaixo de {b}|{a} sob {b}", "on": "{a} em cima de {b}|{a} sobre {b}|{a} sentado em {b}", "in front of": "{a} na frente de {b}|{a} em frente a {b}|na frente de {b} há {a}", "behind": "{a} atrás de {b}|atrás de {b} há {a}", "beside": "{a} ao lado de {b}|{a} perto de {b}", "in": "{a} dentro de {b}"},
}  # fmt: skip
LISTS: dict[str, dict[str, tuple[str, ...]]] = {
    "de": {"placed": ("{a} {p}", "{p} {a}", "{p} ist {a}", "{p}: {a}", "{p} steht {a}"), "joints": (", ", " und ", "; ", ". "), "and": (" und ",)},
    "fr": {"placed": ("{a} {p}", "{p} {a}", "{p}, {a}", "{p} : {a}", "{p} il y a {a}"), "joints": (", ", " et ", " ; ", ". "), "and": (" et ",)},
    "es": {"placed": ("{a} {p}", "{p} {a}", "{p} hay {a}", "{p}: {a}"), "joints": (", ", " y ", "; ", ". "), "and": (" y ",)},
    "zh": {"placed": ("{p}是{a}", "{p}有{a}", "{a}在{p}", "{p}：{a}", "{p}{a}"), "joints": ("，", "，", "；", "。"), "and": ("和",)},
    "ja": {"placed": ("{p}{a}", "{p}{a}がある", "{a}は{p}"), "joints": ("、", "、", "。"), "and": ("と",)},
    "it": {"placed": ("{a} {p}", "{p} {a}", "{p} c'è {a}", "{p}: {a}"), "joints": (", ", " e ", "; ", ". "), "and": (" e ",)},
    "pt": {"placed": ("{a} {p}", "{p} {a}", "{p} há {a}", "{p}: {a}"), "joints": (", ", " e ", "; ", ". "), "and": (" e ",)},
}  # fmt: skip
SCENES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "de": (("forest", "forestgreen", " im Wald"), ("beach", "sandybrown", " am Strand"), ("city at night", "midnightblue", " in der Stadt bei Nacht"), ("snowy mountains", "snow", " in verschneiten Bergen"), ("kitchen", "wheat", " in der Küche"), ("desert", "sandybrown", " in der Wüste")),
    "fr": (("forest", "forestgreen", " dans la forêt"), ("beach", "sandybrown", " sur la plage"), ("city at night", "midnightblue", " dans la ville la nuit"), ("garden", "green", " dans le jardin"), ("kitchen", "wheat", " dans la cuisine"), ("desert", "sandybrown", " dans le désert")),
    "es": (("forest", "forestgreen", " en el bosque"), ("beach", "sandybrown", " en la playa"), ("city at night", "midnightblue", " en la ciudad de noche"), ("garden", "green", " en el jardín"), ("kitchen", "wheat", " en la cocina"), ("desert", "sandybrown", " en el desierto")),
    "zh": (("forest", "forestgreen", "，在森林里"), ("beach", "sandybrown", "，在海滩上"), ("city at night", "midnightblue", "，夜晚的城市"), ("garden", "green", "，在花园里"), ("snow", "snow", "，在雪地里"), ("desert", "sandybrown", "，在沙漠里")),
    "ja": (("forest", "forestgreen", "、森の中"), ("beach", "sandybrown", "、浜辺で"), ("city at night", "midnightblue", "、夜の街"), ("garden", "green", "、庭で"), ("snow", "snow", "、雪の中")),
    "it": (("forest", "forestgreen", " nel bosco"), ("beach", "sandybrown", " sulla spiaggia"), ("city at night", "midnightblue", " in città di notte"), ("garden", "green", " nel giardino"), ("kitchen", "wheat", " in cucina")),
    "pt": (("forest", "forestgreen", " na floresta"), ("beach", "sandybrown", " na praia"), ("city at night", "midnightblue", " na cidade à noite"), ("garden", "green", " no jardim"), ("kitchen", "wheat", " na cozinha"), ("desert", "sandybrown", " no deserto")),
}  # fmt: skip
EDITS: dict[str, dict[str, str]] = {
    "de": {"recolor": "mach {t} {c}|färbe {t} {c}|{t_nom} soll {c} sein|ich will {t} in {c}", "move": "schieb {t} {p}|setze {t} {p}|{t_nom} soll {p} sein|stell {t} {p}", "remove": "entferne {t}|lösch {t}|nimm {t} weg|{t_nom} soll weg|ohne {t}", "add": "füge {p} {n} hinzu|{p} noch {n}|setze {n} {p}|male {p} {n}", "replace": "ersetze {t} durch {n}|statt {t_nom} {n}|{n} anstelle von {t_nom}", "larger": "mach {t} größer|{t_nom} soll größer sein|vergrößere {t}", "smaller": "mach {t} kleiner|{t_nom} soll kleiner sein|verkleinere {t}", "swap": "tausche {t} und {o}|vertausche {t} mit {o_dat}", "add above": "setze {n} über {o}|male {n} über {o}|{n} über {o_dat}"},
    "fr": {"recolor": "mets {t} en {c}|rends {t} {c}|{t} doit être {c}|colorie {t} en {c}", "move": "déplace {t} {p}|mets {t} {p}|place {t} {p}", "remove": "enlève {t}|supprime {t}|retire {t}|sans {t}", "add": "ajoute {n} {p}|mets {n} {p}|et {n} {p}", "replace": "remplace {t} par {n}|{n} au lieu de {t}|change {t} en {n}", "larger": "agrandis {t}|fais {t} plus grand|{t} plus grand", "smaller": "réduis {t}|fais {t} plus petit|{t} plus petit", "swap": "échange {t} et {o}|inverse {t} et {o}", "add above": "mets {n} au-dessus de {o}|ajoute {n} au-dessus de {o}"},
    "es": {"recolor": "haz {t} {c}|pinta {t} de {c}|{t} debe ser {c}|cambia {t} a {c}", "move": "mueve {t} {p}|pon {t} {p}|coloca {t} {p}", "remove": "quita {t}|elimina {t}|borra {t}|sin {t}", "add": "añade {n} {p}|pon {n} {p}|agrega {n} {p}", "replace": "reemplaza {t} por {n}|cambia {t} por {n}|{n} en lugar de {t}", "larger": "haz {t} más grande|agranda {t}|{t} más grande", "smaller": "haz {t} más pequeño|reduce {t}|{t} más pequeño", "swap": "intercambia {t} y {o}|cambia de lugar {t} y {o}", "add above": "pon {n} encima de {o}|añade {n} encima de {o}"},
    "zh": {"recolor": "把{t}变成{c}色|{t}改成{c}色|让{t}变{c}|{t}要{c}色的", "move": "把{t}移到{p}|{t}放到{p}|把{t}放在{p}", "remove": "去掉{t}|删除{t}|把{t}拿走|不要{t}", "add": "在{p}加{n}|{p}再画{n}|{p}添加{n}", "replace": "把{t}换成{n}|用{n}代替{t}", "larger": "把{t}放大|{t}大一点|让{t}更大", "smaller": "把{t}缩小|{t}小一点|让{t}更小", "swap": "交换{t}和{o}|把{t}和{o}对调", "add above": "在{o}上方加{n}|{o}上面放{n}"},
    "ja": {"recolor": "{t}を{c}色にして|{t}の色を{c}に変えて", "move": "{t}を{p}移動して|{t}を{p}置いて", "remove": "{t}を消して|{t}を削除して|{t}はいらない", "add": "{p}{n}を追加して|{p}{n}を描いて", "replace": "{t}を{n}に変えて|{t}の代わりに{n}", "larger": "{t}を大きくして|{t}をもっと大きく", "smaller": "{t}を小さくして|{t}をもっと小さく", "swap": "{t}と{o}を入れ替えて", "add above": "{o}の上に{n}を追加して|{o}の上に{n}を置いて"},
    "it": {"recolor": "rendi {t} {c}|colora {t} di {c}|{t} deve essere {c}", "move": "sposta {t} {p}|metti {t} {p}", "remove": "togli {t}|elimina {t}|cancella {t}|senza {t}", "add": "aggiungi {n} {p}|metti {n} {p}", "replace": "sostituisci {t} con {n}|{n} al posto di {t}", "larger": "ingrandisci {t}|{t} più grande", "smaller": "rimpicciolisci {t}|{t} più piccolo", "swap": "scambia {t} e {o}|inverti {t} e {o}", "add above": "metti {n} sopra {o}|aggiungi {n} sopra {o}"},
    "pt": {"recolor": "deixe {t} {c}|pinte {t} de {c}|{t} deve ser {c}|mude {t} para {c}", "move": "mova {t} {p}|coloque {t} {p}|ponha {t} {p}", "remove": "remova {t}|tire {t}|apague {t}|sem {t}", "add": "adicione {n} {p}|coloque {n} {p}", "replace": "troque {t} por {n}|substitua {t} por {n}|{n} no lugar de {t}", "larger": "aumente {t}|deixe {t} maior|{t} maior", "smaller": "diminua {t}|deixe {t} menor|{t} menor", "swap": "troque {t} e {o} de lugar|inverta {t} e {o}", "add above": "coloque {n} acima de {o}|adicione {n} acima de {o}"},
}  # fmt: skip
