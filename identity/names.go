package identity

import (
	"strconv"
	"strings"
)

// The word lists are common surnames and characters; every combination is drawn
// by dice and belongs to nobody in particular.
var (
	surnames = strings.Fields(`王 李 张 刘 陈 杨 黄 赵 吴 周 徐 孙 马 朱 胡 郭 何 林 高 罗 郑 梁 谢 宋 唐 许 邓 韩
		冯 曹 彭 曾 肖 田 董 潘 袁 蔡 蒋 余 于 杜 叶 程 魏 苏 吕 丁 任 卢 姚 沈 钟 姜 崔 谭 陆 范 汪 廖 石 金 韦 贾 夏
		付 方 邹 熊 白 孟 秦 邱 侯 江 尹 薛 闫 段 雷 龙 黎 史 陶 贺 毛 郝 顾 龚 邵 万 覃 武 钱 戴 严 莫 孔 向 常
		欧阳 上官 司马 诸葛 东方 慕容`)
	given = strings.Fields(`安 柏 邦 宝 冰 波 博 彩 灿 超 辰 晨 诚 澄 春 聪 丹 德 东 栋 恩 帆 芳 菲 枫 峰 福 刚 歌 功 冠 光 国
		海 涵 航 浩 禾 和 恒 红 华 欢 辉 慧 吉 佳 嘉 建 江 杰 洁 锦 静 君 俊 凯 康 可 兰 岚 乐 磊 丽 莉 林 琳 玲 龙 璐
		曼 梅 萌 梦 敏 明 铭 娜 楠 宁 鹏 萍 琪 琦 谦 倩 强 青 清 晴 秋 然 仁 荣 蓉 如 锐 瑞 若 山 珊 尚 诗 书 舒 爽 思 松
		涛 天 婷 彤 巍 伟 炜 文 希 曦 霞 翔 晓 昕 欣 鑫 星 雄 旭 轩 雪 雅 岩 妍 洋 阳 瑶 怡 逸 毅 音 莹 颖 永 勇 宇 雨 玉
		媛 源 远 月 悦 云 泽 哲 珍 正 志 智 中 卓 子`)
	trades   = strings.Fields(`晨光 远山 青禾 流云 星河 松石 海棠 白鹭 银杏 长风 竹影 雪原 金穗 蓝湾 红枫 碧潭`)
	roads    = strings.Fields(`测试路 演练路 样例街 虚构巷 模拟大道 假想里`)
	district = strings.Fields(`示例区 样本区 演示县 虚拟县`)
)

// personName draws a surname and one or two characters; seven names in ten have two.
func personName(d *dice) string {
	name := d.pick(surnames) + d.pick(given)
	if d.below(10) < 7 {
		name += d.pick(given)
	}
	return name
}

// address draws an address in a district that no province has.
func address(p Province, d *dice) string {
	return p.Name + "示例市" + d.pick(district) + d.pick(roads) +
		strconv.FormatUint(1+d.below(300), 10) + "号" +
		strconv.FormatUint(1+d.below(30), 10) + "幢" +
		strconv.FormatUint(100*(1+d.below(18))+1+d.below(4), 10) + "室"
}
